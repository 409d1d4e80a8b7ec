"""The fuzzer's loop: makes inputs, sends them, and holds every answer and the store against the rules."""

import contextlib
import json
import os
import random
import sqlite3
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError

from ..controlplane import done_operations
from ..signing import request_headers
from .judgement import Judge
from .mutations import Mutator, encode
from .scene import make_scene
from .values import Pool, Values
from .wire import Input, NoAnswer, Wire

connections = 8
#: Inputs between two scenes.
scene_every = 2500
#: Accepted inputs that are kept for each operation, to be spoilt later.
_corpus_size = 30
#: Above the 1 MiB that a server reads, and within the 8 MiB of which it lets a client see the refusal.
_largest_body = 3 * 2**20
#: Kinds of failures to collect before giving up.
_most_failures = 25
_reads = ("Describe", "List", "Get", "Discover")


@dataclass
class Failure:
    problem: str
    input: Input
    answer: object = None


@dataclass
class Report:
    seed: int
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    #: Refusals around which the store's revision was compared.
    compared: int = 0
    operations: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)

    def line(self):
        return (
            f"fuzz: {self.inputs} inputs over {len(self.operations)} operations, seed {self.seed}: "
            f"{self.accepted} accepted, {self.refused} refused"
        )


class Campaign:
    def __init__(self, plane, seed, inputs):
        self.plane = plane
        self.report = Report(seed)
        self._wanted = inputs
        self._random = random.Random(seed)
        self._ecs = plane.client()
        self._model = self._ecs.meta.service_model
        self._names = list(self._model.operation_names)
        self.done = done_operations()
        # An operation that the server lacks has no code to reach.
        self._weights = [8 if name in self.done else 1 for name in self._names]
        self._judge = Judge(self._model, self.done)
        self._pool = Pool()
        self._values = Values(self._random, self._pool)
        self._mutator = Mutator(self._random, self._values)
        self._corpus = {}
        self._wires = [Wire(plane.port) for _ in range(connections)]
        self._store = sqlite3.connect(f"file:{plane.data / 'state.sqlite'}?mode=ro", uri=True)
        self._ecs.meta.events.register("provide-client-params.ecs.*", self._note_input)
        self._ecs.meta.events.register("after-call.ecs.*", self._note_answer)

    def close(self):
        for wire in self._wires:
            wire.close()
        self._store.close()

    # --- the loop

    def run(self):
        with contextlib.closing(self):
            next_scene = 0
            while self.report.inputs < self._wanted and len(self.report.failures) < _most_failures:
                if self.report.inputs >= next_scene:
                    # No input can have taken the name before.
                    self._set_scene(f"scene-{next_scene // scene_every}-{self._random.getrandbits(32):08x}")
                    next_scene += scene_every
                # One at a time the store tells soonest whose doing a change was; together they meet each other's changes.
                self._send([self._make() for _ in range(connections if self._random.random() < 0.05 else 1)])
        return self.report

    def _set_scene(self, name):
        try:
            make_scene(self._ecs, name, self.done)
        except BotoCoreError:
            if not self._is_alive():
                raise ServerEnded(name, self.plane) from None
            raise

    def _send(self, requests):
        before = self.revision()
        wires = [self._wires[request.number % connections] for request in requests]
        for wire, request in zip(wires, requests, strict=True):
            wire.send(request)
        may_write = False
        refused = []
        for wire, request in zip(wires, requests, strict=True):
            answer = self._answer(wire, request)
            if answer is None:
                may_write = True
            elif answer.status == 200:
                may_write = may_write or not request.operation.startswith(_reads)
            else:
                refused.append(request)
        if may_write:
            return
        self.report.compared += len(refused)
        if self.revision() != before:
            for request in self._guilty(requests):
                self._fail("the state changed, though it was refused or only reads", request)

    def _answer(self, wire, request):
        try:
            answer = wire.answer()
        except NoAnswer as error:
            self._fail(f"no answer: {error}", request)
            if not self._is_alive():
                raise ServerEnded(request.operation, self.plane) from None
            return None
        counts = self.report.operations.setdefault(request.operation, [0, 0])
        counts[0 if answer.status == 200 else 1] += 1
        if answer.status == 200:
            self.report.accepted += 1
        else:
            self.report.refused += 1
        for problem in self._judge.problems(request.operation, answer):
            self._fail(problem, request, answer)
        if answer.status == 200 and request.value is not None:
            self._learn(request, answer)
        return answer

    def _is_alive(self):
        # A process that crashes may take its time to write why.
        with contextlib.suppress(OSError):
            return self.plane.get("/healthz")[0] == 200
        return False

    def _guilty(self, requests):
        """Those that change the state each time they are sent again, alone: services are kept meanwhile, which writes
        when its time has come, whatever is asked."""
        return [request for request in requests if all(self._changes_state(request) for _ in range(6))]

    def _changes_state(self, request):
        before = self.revision()
        self._wires[0].send(request)
        return self._wires[0].answer().status != 200 and self.revision() != before

    def never_accepted(self):
        """Operations that work, of which nothing was ever let in: their code was hardly reached."""
        return self.done - self._corpus.keys()

    def revision(self):
        """How many transactions changed something, as the store has it."""
        return self._store.execute("SELECT value FROM meta WHERE name = 'revision'").fetchone()[0]

    def _fail(self, problem, request, answer=None):
        self.report.failures.setdefault((request.operation, problem[:80]), Failure(problem, request, answer))

    # --- inputs

    def _make(self):
        while True:
            request = self._one()
            if len(request.body) <= _largest_body:
                self.report.inputs += 1
                return request

    def _one(self):
        operation = self._random.choices(self._names, self._weights)[0]
        shape = self._model.operation_model(operation).input_shape
        self._values.choose_home()
        known = self._corpus.get(operation)
        if known and self._random.random() < 0.6:
            value = json.loads(self._random.choice(known))
            self._freshen(shape, value)
        else:
            value = self._values.instance(shape)
        for _ in range(self._random.choice((0, 0, 1, 1, 1, 2, 3, 6))):
            value = self._mutator.spoil(shape, value)
        body = encode(self._random, value)
        headers = request_headers(operation)
        spoilt = False
        if self._random.random() < 0.12:
            body, spoilt = self._mutator.text(body), True
        if self._random.random() < 0.03:
            headers = self._mutator.headers(headers)
        return _Made(self.report.inputs, operation, body, headers, None if spoilt else value)

    def _freshen(self, shape, value):
        """Names of what is there now, in place of those that were there when the input was kept."""
        for name in value:
            if name in shape.members and shape.members[name].type_name == "string" and self._random.random() < 0.7:
                if found := self._pool.candidates(name, self._values.home):
                    value[name] = self._random.choice(found)
        if "cluster" in value:
            value["cluster"] = self._values.home

    # --- what is learnt

    def _learn(self, request, answer):
        try:
            text = json.dumps(request.value)
        except TypeError:
            return  # it has literals
        self._keep(request.operation, text)
        with contextlib.suppress(ValueError):
            self._pool.harvest(self._model.operation_model(request.operation).output_shape, json.loads(answer.body))

    def _keep(self, operation, text):
        known = self._corpus.setdefault(operation, [])
        if len(text) > 20_000 or text in known:
            return
        if len(known) < _corpus_size:
            known.append(text)
        else:
            known[self._random.randrange(_corpus_size)] = text

    def _note_input(self, params, model, **_):
        self._keep(model.name, json.dumps(params))

    def _note_answer(self, parsed, model, **_):
        self._pool.harvest(model.output_shape, parsed)


@dataclass
class _Made(Input):
    value: object = None


class ServerEnded(Exception):
    def __init__(self, where, plane):
        super().__init__(f"the control plane no longer answers (exit code {plane.process.exit_code}), at {where}")


def open_files(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))
