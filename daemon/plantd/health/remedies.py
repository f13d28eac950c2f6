"""What helps where a part of the service is not healthy: a sentence a part. Pure."""

REMEDIES = {
    "camera": "look at the plug; 'plantd doctor' names what is missing",
    "model": "'plantd-cli model activate NAME' tries it once more, or keeps the one that answers",
    "update": "a newer version; this one again: 'sudo apt-get install plantd=VERSION'",
    "engine": "'plantd-cli model rollback', or rebuild with 'make engine'; the log says why",
    "record": "free space on the disk, or lower record.keep_mb",
    "log": "free space where it lies, or let the service's user write there",
    "config": "'plantd check-config' names every problem; then reload the service",
    "button": "look at the wiring and the pull-up resistor",
    "telemetry": "set telemetry.source to proc",
    "memory": "'plantd doctor' looks for a desktop; else lower engine.threads or raise limits.*",
    "threads": "'systemctl restart plantd'; 'journalctl -u plantd' says what ended it",
    "api": "look at what lies in paths.run, and at who may write there",
    "heat": "shade and air; a fan; a smaller nvpmodel mode",
}
