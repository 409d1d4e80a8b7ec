"""A model-driven fuzzer: requests made from botocore's shapes and then spoilt, and a judge of what comes back."""
