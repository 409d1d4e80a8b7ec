"""Account settings by boto3 and the aws command: ECS core rules, section 6, "Account settings"."""

from harness.places import account
from harness.tasks import refused, unique

root = f"arn:aws:iam::{account}:root"
user = f"arn:aws:iam::{account}:user/ann"


def effective(ecs, name, principal=root):
    settings = ecs.list_account_settings(name=name, principalArn=principal, effectiveSettings=True)["settings"]
    return settings[0]["value"], settings[0]["principalArn"]


def test_settings_are_put_listed_and_deleted(workshop):
    plane = workshop.control_plane()
    ecs = plane.client()
    assert ecs.list_account_settings()["settings"] == []
    put = ecs.put_account_setting_default(name="containerInsights", value="enhanced")["setting"]
    assert put == {"name": "containerInsights", "value": "enhanced", "principalArn": root, "type": "user"}
    assert ecs.create_cluster(clusterName="insights")["cluster"]["settings"][0]["value"] == "enhanced"

    ecs.put_account_setting(name="containerInsights", value="enabled", principalArn=user)
    assert effective(ecs, "containerInsights", user) == ("enabled", user)
    assert effective(ecs, "containerInsights") == ("enhanced", root)
    plane.stop()
    ecs = plane.start().client()
    assert effective(ecs, "containerInsights", user) == ("enabled", user)
    ecs.delete_account_setting(name="containerInsights", principalArn=user)
    assert effective(ecs, "containerInsights", user) == ("enhanced", root)

    pages = list(ecs.get_paginator("list_account_settings").paginate(effectiveSettings=True))
    assert [len(page["settings"]) for page in pages] == [10, 1]
    shown = plane.aws("list-account-settings", "--effective-settings", "--name", "guardDutyActivate")
    assert shown["settings"] == [
        {"name": "guardDutyActivate", "value": "off", "principalArn": root, "type": "aws_managed"}
    ]


def test_what_cannot_be_set_is_refused(ecs):
    for name, value in [
        ("guardDutyActivate", "on"), ("taskLongArnFormat", "disabled"), ("containerInsights", "ENABLED"),
        ("fargateTaskRetirementWaitPeriod", "3"), (unique("setting"), "enabled"),
    ]:  # fmt: skip
        with refused("InvalidParameterException"):
            ecs.put_account_setting(name=name, value=value)
    with refused("InvalidParameterException", "principalArn"):
        ecs.put_account_setting(name="awsvpcTrunking", value="enabled", principalArn="arn:aws:iam::1:user/x")
