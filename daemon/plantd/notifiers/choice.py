"""The notifiers that the configuration asks for."""

from typing import List

from plantd.config import Config
from plantd.notifiers.command_hook import CommandHook
from plantd.notifiers.display.choice import display_from_config
from plantd.notifiers.mqtt.notifier import Mqtt
from plantd.notifiers.queued import QueuedNotifier
from plantd.notifiers.url_hook import UrlHook
from plantd.notifiers.voice import Voice


def notifiers_from_config(config: Config) -> List[QueuedNotifier]:
    """Return them, none of them opened."""
    hooks = config.hooks
    notifiers: List[QueuedNotifier] = []
    if hooks.command:
        notifiers.append(CommandHook(hooks.command, hooks.timeout_s))
    if hooks.url:
        notifiers.append(UrlHook(hooks.url, hooks.timeout_s))
    if config.voice.driver != "none":
        notifiers.append(Voice(config.voice, config.paths.cache))
    if config.display.driver != "none":
        notifiers.append(display_from_config(config.display, config.paths.cache))
    if config.mqtt.host:
        named = config.mqtt._replace(name=config.mqtt.name or config.box.name)
        notifiers.append(Mqtt(named, config.paths.state))
    return notifiers
