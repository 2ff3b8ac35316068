"""Writes requirements.txt, requirements-ray.txt and requirements-test.txt, each from its .in file.

usage: .venv/bin/python lib/commands/setup/lock_requirements.py [--renew] [--index URL]

The locked files hold each package that the named ones need, at one version for all systems and Pythons below, with a marker
where only some of them need it, and with the SHA-256 of each wheel that fits one of them. Versions that are locked already
are kept while they fit; --renew takes the newest. Nothing is installed, so one machine can lock for all systems.
"""
import argparse
import email
import functools
import hashlib
import io
import itertools
import json
import pathlib
import re
import urllib.parse
import urllib.request
import zipfile

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version
from pip._internal.models.index import PyPI

ROOT = pathlib.Path(__file__).parents[3]
LISTING = "application/vnd.pypi.simple.v1+json"
PYTHONS = [11, 12, 13, 14]
# Wheels for the C library of 2018 and the macOS of 2023 run on everything newer.
GLIBC = range(28, 4, -1)
MACOS = (14, 0)

SYSTEMS = {
    "Linux x86-64": ("linux", "Linux", "posix", "x86_64"),
    "Linux ARM": ("linux", "Linux", "posix", "aarch64"),
    "macOS x86-64": ("darwin", "Darwin", "posix", "x86_64"),
    "macOS ARM": ("darwin", "Darwin", "posix", "arm64"),
    "Windows x86-64": ("win32", "Windows", "nt", "AMD64"),
    "Windows ARM": ("win32", "Windows", "nt", "ARM64"),
}

TERMS = [
    "sys_platform == 'win32'",
    "sys_platform == 'darwin'",
    "sys_platform == 'linux'",
    "sys_platform != 'win32'",
    "sys_platform != 'darwin'",
    "sys_platform != 'linux'",
    *(f"python_version < '3.{minor}'" for minor in PYTHONS[1:]),
    *(f"python_version >= '3.{minor}'" for minor in PYTHONS[1:]),
]


class Target:
    """A system with a Python: the values of its markers, and the tags of the wheels that it installs."""

    def __init__(self, system, minor):
        self.system = system
        # The first release of each Python: what it takes, later ones take too.
        self.python = f"3.{minor}.0"
        platform, kernel, os_name, machine = SYSTEMS[system]
        self.markers = {
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "os_name": os_name,
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": kernel,
            "platform_version": "",
            "python_full_version": self.python,
            "python_version": f"3.{minor}",
            "sys_platform": platform,
        }
        if platform == "linux":
            old = ["manylinux2014"] + (["manylinux2010", "manylinux1"] if machine == "x86_64" else [])
            kinds = [f"manylinux_2_{version}" for version in GLIBC] + old + ["linux"]
            platforms = [f"{kind}_{machine}" for kind in kinds]
        elif platform == "darwin":
            platforms = list(mac_platforms(MACOS, machine))
        else:
            platforms = [f"win_{machine.lower()}"]
        self.tags = {
            *cpython_tags((3, minor), [f"cp3{minor}"], platforms),
            *compatible_tags((3, minor), f"cp3{minor}", platforms),
        }

    def takes(self, wheel):
        """Whether a wheel of the index installs here."""
        wanted = SpecifierSet(wheel.get("requires-python") or "")
        return self.python in wanted and bool(self.tags & wheel["tags"])


class Index:
    """What the package index has: wheels, and what their releases need."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    @functools.cache
    def releases(self, name):
        """The wheels of each final release of a package that was not withdrawn."""
        request = urllib.request.Request(f"{self.url}/{name}/", headers={"Accept": LISTING})
        files = json.loads(read(request))["files"]
        found = {}
        for file in files:
            if not file["filename"].endswith(".whl") or file.get("yanked"):
                continue
            try:
                _, version, _, tags = parse_wheel_filename(file["filename"])
            except InvalidWheelFilename:
                continue
            if not version.is_prerelease:
                found.setdefault(version, []).append({**file, "tags": tags})
        return found

    def wheels(self, name, version):
        return self.releases(name).get(version, [])

    @functools.cache
    def requirements(self, name, version):
        """All requirements of a release: those of its smallest wheel, for wheels of one release need the same."""
        wheel = min(self.wheels(name, version), key=lambda file: file.get("size") or 0)
        content = read(urllib.parse.urljoin(f"{self.url}/{name}/", wheel["url"]))
        if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
            raise SystemExit(f"Expected {wheel['filename']} with the SHA-256 of the index but found another file.")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            path = next(path for path in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", path))
            headers = email.message_from_bytes(archive.read(path))
        return [Requirement(text) for text in headers.get_all("Requires-Dist", [])]

    def needs(self, name, version, extras, target):
        """The requirements of a release on a target."""
        for requirement in self.requirements(name, version):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({**target.markers, "extra": extra}) for extra in ["", *extras]):
                yield requirement


def read(request):
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def walk(roots, pins, index, target):
    """What a target needs: the requirements on each package, as far as pinned versions tell."""
    needed = {}
    waiting = list(roots)
    seen = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        needed.setdefault(name, []).append(requirement)
        key = (name, *sorted(requirement.extras))
        if name in pins and key not in seen:
            seen.add(key)
            waiting.extend(index.needs(name, pins[name], requirement.extras, target))
    return needed


def chosen(name, wanted, locked, index):
    """The version of a package for all targets that need it: the locked one or the newest that fits, with the fewest gaps."""

    def fits(version):
        return all(version in requirement.specifier for requirements in wanted.values() for requirement in requirements)

    best = None
    newest_first = sorted(index.releases(name), reverse=True)
    kept = [version for version in newest_first if version == locked.get(name)]
    for version in kept + newest_first:
        if not fits(version):
            continue
        gaps = gaps_of(name, version, wanted, index)
        if not gaps:
            return version
        if best is None or len(gaps) < len(best[1]):
            best = (version, gaps)
    if best is None:
        reasons = {str(requirement) for requirements in wanted.values() for requirement in requirements}
        raise SystemExit(f"Expected a version of {name} that fits {', '.join(sorted(reasons))} but found none.")
    return best[0]


def gaps_of(name, version, targets, index):
    """The targets that a release has no wheel for."""
    wheels = index.wheels(name, version)
    return [target for target in targets if not any(target.takes(wheel) for wheel in wheels)]


def gap_lines(name, version, targets, index):
    """A line for each system with Pythons that a release has no wheel for."""
    pythons = {}
    for target in gaps_of(name, version, targets, index):
        pythons.setdefault(target.system, []).append(target.markers["python_version"])
    return [f"# No wheel of {name} {version} for {system}, Python {', '.join(those)}." for system, those in pythons.items()]


def resolve(roots, locked, index, targets):
    """The version of each package, and the targets that need each package."""
    pins = {}
    while True:
        wanted = {}
        for target in targets:
            for name, requirements in walk(roots, pins, index, target).items():
                wanted.setdefault(name, {})[target] = requirements
        found = {name: chosen(name, by_target, locked, index) for name, by_target in wanted.items()}
        if found == pins:
            return pins, {name: list(by_target) for name, by_target in wanted.items()}
        pins = found


def marker_of(needing, targets):
    """The shortest marker that is true on the targets that need a package, and on no other."""
    if len(needing) == len(targets):
        return ""
    pairs = [f"{a} {word} {b}" for word in ("and", "or") for a, b in itertools.combinations(TERMS, 2)]
    for text in TERMS + pairs:
        marker = Marker(text)
        if [target for target in targets if marker.evaluate(target.markers)] == needing:
            return f" ; {text}"
    raise SystemExit(f"Expected a marker for {[target.markers for target in needing]} but found none.")


def locked_in(path):
    """The versions of a locked file."""
    text = path.read_text() if path.exists() else ""
    return {canonicalize_name(name): Version(version) for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.M)}


def requirements_in(path):
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


def lines_of(name, version, needing, targets, index):
    """A package's lines of a locked file."""
    wheels = [wheel for wheel in index.wheels(name, version) if any(target.takes(wheel) for target in needing)]
    hashes = sorted({wheel["hashes"]["sha256"] for wheel in wheels})
    head = f"{name}=={version}{marker_of(needing, targets)}"
    return " \\\n".join([head, *(f"    --hash=sha256:{digest}" for digest in hashes)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--renew", action="store_true", help="take the newest versions")
    parser.add_argument("--index", default=PyPI.simple_url, help="the package index")
    arguments = parser.parse_args()
    index = Index(arguments.index)
    targets = [Target(system, minor) for system in SYSTEMS for minor in PYTHONS]
    roots = []
    held = {}
    for stem in ("requirements", "requirements-ray", "requirements-test"):
        path = ROOT / f"{stem}.txt"
        roots += requirements_in(ROOT / f"{stem}.in")
        # What an earlier file holds, a later one takes at that version and does not hold again.
        locked = {**({} if arguments.renew else locked_in(path)), **held}
        pins, needing = resolve(roots, locked, index, targets)
        own = sorted(name for name in pins if name not in held)
        gaps = [line for name in own for line in gap_lines(name, pins[name], needing[name], index)]
        head = [f"# Written from {stem}.in by lib/commands/setup/lock_requirements.py; do not edit.", *gaps]
        body = [lines_of(name, pins[name], needing[name], targets, index) for name in own]
        path.write_text("\n".join(head + body) + "\n")
        print(f"{path.name}: {len(own)} packages", *gaps, sep="\n")
        held = pins


main()
