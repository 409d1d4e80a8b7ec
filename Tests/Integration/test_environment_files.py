"""Environment files of the host and of a web server. API Reference, EnvironmentFile."""

import functools
import http.server
import threading

import pytest

from harness.tasks import container, refused, register, run_task, story, wait_for_term, wait_status

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("environment")


@pytest.fixture(scope="module")
def agent_settings(folder):
    return {"STEVEDORE_ENVIRONMENT_FILES_DIR": str(folder / "allowed")}


@pytest.fixture(scope="module")
def allowed(folder):
    path = folder / "allowed"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def server(node, folder):
    """The address of a web server that agents reach, with the files of the folder `web`."""
    (folder / "web").mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder / "web"))
    server = http.server.ThreadingHTTPServer((node.host.outside_address, 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{node.host.outside_address}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run_to_end(node, script, *files, overrides=None, **options):
    definition = container(
        entryPoint=["sh", "-c", script], environmentFiles=[{"type": "s3", "value": file} for file in files], **options
    )
    arn = run_task(node.ecs, register(node.ecs, definition), overrides=overrides or {})
    return wait_status(node.ecs, arn, "STOPPED")


def output(node, task):
    return node.host.docker("logs", task["containers"][0]["runtimeId"]).stdout


def assert_not_started(task, *words):
    assert task["stopCode"] == "TaskFailedToStart", story(task)
    reason = task["containers"][0]["reason"]
    assert reason.startswith("ResourceInitializationError: "), story(task)
    for word in words:
        assert word in reason, reason


def test_files_and_their_precedence(node, allowed, folder, server):
    (allowed / "one.env").write_text("# a comment\n\nA=file one\nB=\"quoted\" \nno equals sign\nC=1=2\r\nEMPTY=\n")
    (folder / "web" / "two.env").write_text("A=file two\nD=two\nE=two\n")
    task = run_to_end(
        node, 'echo "[$A][$B][$C][$D][$E][${EMPTY-unset}]"', f"file://{allowed}/one.env", f"{server}/two.env?x=y",
        environment=[{"name": "E", "value": "definition"}],
    )  # fmt: skip
    assert output(node, task) == '[file one]["quoted" ][1=2][two][definition][unset]\n'


def test_files_of_an_override(node, allowed):
    (allowed / "old.env").write_text("A=old\n")
    (allowed / "new.env").write_text("A=new\n")
    files = [{"type": "s3", "value": f"file://{allowed}/new.env"}]
    task = run_to_end(
        node, "echo $A", f"file://{allowed}/old.env",
        overrides={"containerOverrides": [{"name": "main", "environmentFiles": files}]},
    )  # fmt: skip
    assert output(node, task) == "new\n"


def test_files_are_read_at_each_start(node, allowed):
    file = allowed / "changes.env"
    definition = register(
        node.ecs,
        container(script="echo $A", environmentFiles=[{"type": "s3", "value": f"file://{file}"}]),
    )
    for text in ("first", "second"):
        file.write_text(f"A={text}\n")
        task = wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")
        assert output(node, task) == f"{text}\n"


def test_only_what_the_administrator_allows(node, allowed, folder):
    (folder / "secret.env").write_text("A=secret\n")
    link = allowed / "link.env"
    link.symlink_to(folder / "secret.env")
    for file, word in (
        (folder / "secret.env", "only directory"),
        (f"{allowed}/../secret.env", "only directory"),
        (link, "symbolic links"),
        (allowed / "absent.env", "No such file"),
    ):
        assert_not_started(run_to_end(node, "true", f"file://{file}"), str(file), word)


def test_what_a_server_does_not_have(node, server):
    assert_not_started(run_to_end(node, "true", f"{server}/absent.env"), "the server answered 404")
    assert_not_started(run_to_end(node, "true", "http://127.0.0.1:1/a.env"), "127.0.0.1:1")


def test_a_file_that_is_too_large(node, allowed, folder, server):
    for path in (allowed / "large.env", folder / "web" / "large.env"):
        path.write_text("A=" + "x" * (1 << 20))
    for file in (f"file://{allowed}/large.env", f"{server}/large.env"):
        assert_not_started(run_to_end(node, "true", file), "large.env")


def test_a_side_container_without_its_file_stops_the_task_too(node, allowed):
    side = container(
        "side", "true", essential=False, environmentFiles=[{"type": "s3", "value": f"file://{allowed}/no.env"}]
    )
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term), side))
    task = wait_status(node.ecs, arn, "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart", story(task)
    assert task["stoppedReason"].startswith("ResourceInitializationError: "), story(task)


def test_amazon_s3_is_refused_by_name(node):
    file = {"type": "s3", "value": "arn:aws:s3:::bucket/a.env"}
    definition = register(node.ecs, container(script="true", environmentFiles=[file]))
    with refused("ClientException", "Container 'main': environmentFiles[].value in Amazon S3 is not supported"):
        node.ecs.run_task(taskDefinition=definition)
