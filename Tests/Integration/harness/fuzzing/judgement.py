"""What every answer must be, whatever was asked. Each rule that is broken is a sentence."""

import json

import botocore.parsers
import botocore.validate

#: What any request can get before the operation's own errors: ECS core rules, section 1.
common_errors = {
    "SerializationException", "UnknownOperationException", "ThrottlingException", "AccessDeniedException",
    "MissingAuthenticationTokenException", "IncompleteSignatureException", "InvalidSignatureException",
    "UnrecognizedClientException", "ExpiredTokenException",
}  # fmt: skip
#: A message is for people: names what is wrong, and does not give the request back.
longest_message = 8192

_parser = botocore.parsers.create_parser("json")
_validator = botocore.validate.ParamValidator()
_kinds = {
    "string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float),
    "timestamp": (int, float), "list": list, "map": dict, "structure": dict,
}  # fmt: skip


class Judge:
    """Knows the model, and which of its operations the server says it has."""

    def __init__(self, service_model, done):
        self._model = service_model
        self._done = done
        self._declared = {
            name: {error.name for error in service_model.operation_model(name).error_shapes}
            for name in service_model.operation_names
        }

    def problems(self, operation, answer):
        """What is wrong with an answer (status, headers with lowercase names, body)."""
        if answer.status not in (200, 400, 413):
            return [f"status {answer.status}"]
        found = []
        if not answer.headers.get("x-amzn-requestid"):
            found.append("no x-amzn-RequestId")
        if answer.headers.get("content-type") != "application/x-amz-json-1.1":
            found.append(f"Content-Type {answer.headers.get('content-type')!r}")
        try:
            body = json.loads(answer.body.decode("utf-8"), parse_constant=_no_number)
        except ValueError as error:
            return [*found, f"the body is no JSON: {error}"]
        if not isinstance(body, dict):
            return [*found, "the body is no JSON object"]
        if answer.status == 200:
            return found + self._success_problems(operation, answer, body)
        return found + self._error_problems(operation, answer.status, body)

    def _error_problems(self, operation, status, body):
        code, message = body.get("__type"), body.get("message") or body.get("Message")
        if not isinstance(code, str) or not code:
            return ["an error without __type"]
        found = []
        if not isinstance(message, str) or not message.strip():
            found.append(f"{code} without a message")
        elif len(message) > longest_message:
            found.append(f"{code} with a message of {len(message)} characters")
        code = code.split("#")[-1]
        if operation not in self._done and operation in self._declared:
            expected = common_errors | {"UnsupportedFeatureException"}
        else:
            expected = common_errors | self._declared.get(operation, set())
        if status == 413:
            expected = {"RequestEntityTooLargeException"}
        if code not in expected:
            found.append(f"{operation} does not declare {code}")
        if code == "ServerException":
            found.append("ServerException with a status below 500")
        return found

    def _success_problems(self, operation, answer, body):
        if operation not in self._done:
            return ["accepted, though the server says that it does not have the operation"]
        shape = self._model.operation_model(operation).output_shape
        found = list(_mismatches(shape, body, operation)) if shape is not None else []
        try:
            parsed = _parser.parse({"status_code": 200, "headers": answer.headers, "body": answer.body}, shape)
        except Exception as error:  # whatever a client's parser raises is our fault
            return [*found, f"botocore cannot parse it: {error!r}"]
        parsed.pop("ResponseMetadata", None)
        if shape is not None:
            report = _validator.validate(parsed, shape)
            if report.has_errors():
                found.append(f"not the output shape: {report.generate_report()[:300]}")
        return found


def _no_number(text):
    raise ValueError(f"{text} is no JSON")


def _mismatches(shape, value, path):
    kind = shape.type_name
    wanted = _kinds.get(kind, str)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path} is {type(value).__name__} and not {kind}"
    elif kind == "structure":
        for name in value.keys() - shape.members.keys():
            yield f"{path} has a member {name!r} that the model lacks"
        for name in set(shape.required_members) - value.keys():
            yield f"{path} lacks {name}"
        for name in value.keys() & shape.members.keys():
            yield from _mismatches(shape.members[name], value[name], f"{path}.{name}")
    elif kind == "list":
        for item in value:
            yield from _mismatches(shape.member, item, f"{path}[]")
    elif kind == "map":
        for item in value.values():
            yield from _mismatches(shape.value, item, f"{path}{{}}")
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value[:40]!r}, which its enumeration lacks"
