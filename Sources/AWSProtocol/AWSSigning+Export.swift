// Signing is a module of its own so that an agent can sign without carrying every generated type of every service;
// whoever speaks the wire protocols has it along with them.
@_exported public import AWSSigning
