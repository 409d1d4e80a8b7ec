"""What the integration tests stand on: processes, a control plane, hosts with an engine each, and clients."""
