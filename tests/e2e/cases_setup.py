"""The set-up of a machine: what it says where it can't install."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SETUP = os.path.join(HERE, "../../.ci/setup.sh")


def setup(world, name, words, os_release="ID=debian\nVERSION_ID=12\n", hidden=(), **scripts):
    """Runs the set-up with commands of our own before the machine's."""
    place = world.scratch(f"setup_{name}")
    commands = os.path.join(place, "bin")
    os.makedirs(commands, exist_ok=True)
    for command in hidden:
        scripts[command] = "exit 127"
    for command, text in scripts.items():
        path = os.path.join(commands, command.replace("_", "-"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
    release = os.path.join(place, "os-release")
    with open(release, "w", encoding="utf-8") as file:
        file.write(os_release)
    env = {k: v for k, v in os.environ.items() if not k.startswith("BFC_")}
    env.update(PATH=commands + ":" + env["PATH"], OS_RELEASE=release, XDG_CACHE_HOME=os.path.join(place, "cache"))
    done = subprocess.run(["bash", SETUP] + words, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def case_nothing_to_do(world):
    code, text = setup(world, "nothing", ["build"], dpkg_query="printf installed", apt_get="echo $@ >&2; exit 1")
    assert code == 0 and not text, text


def case_installs_only_what_is_missing(world):
    lacks = 'case "$*" in *uthash-dev*) exit 1 ;; *) printf installed ;; esac'
    code, text = setup(world, "one", ["build"], dpkg_query=lacks, apt_get='echo "ran apt-get $*"',
                       sudo='"$@"')
    assert code == 0, text
    calls = [line for line in text.splitlines() if line.startswith("ran apt-get")]
    assert calls[0].startswith("ran apt-get update") and "install" in calls[1] and "uthash-dev" in calls[1], text
    assert "flex" not in calls[1] and "jansson" not in calls[1], text


def case_no_network_for_packages(world):
    lacks = 'case "$*" in *uthash-dev*) exit 1 ;; *) printf installed ;; esac'
    code, text = setup(world, "no_apt", ["build"], dpkg_query=lacks, apt_get="echo no network >&2; exit 100",
                       sudo='"$@"')
    assert code == 1 and "uthash-dev" in text and "apt-get install uthash-dev" in text, text


def case_no_network_for_the_engine(world):
    code, text = setup(world, "no_npm", ["engine"], npm="echo 'npm error network' >&2; exit 1")
    assert code == 1 and "BFC_LIBCHDB=" in text and "--target" in text and "npm" in text, text


def case_another_hash(world):
    code, text = setup(world, "hash", ["engine"], npm="echo nonsense >chdb.tgz")
    assert code == 1 and "hash" in text and "BFC_LIBCHDB=" in text, text


def case_not_debian(world):
    code, text = setup(world, "fedora", ["build"], os_release="ID=fedora\nVERSION_ID=41\n",
                       gcc="exit 1", apt_get="echo must not run; exit 9")
    assert code == 1 and "uthash-dev" in text and "Debian 12 alone" in text and "must not run" not in text, text


def case_only_looking(world):
    code, text = setup(world, "looking", ["--check", "engine", "s3"], npm="echo must not run")
    assert code == 1 and "BFC_LIBCHDB=" in text and "BFC_S3RVER=" in text and "must not run" not in text, text
