"""The typed configuration: what can be set, and what holds when nothing is.

One NamedTuple a section; its field is the key's name in the YAML, its default the key's default.
`plantd.config.file` reads and checks YAML against these types; systemd/plantd.yaml documents each
key.
"""

from typing import NamedTuple, Optional


class CameraConfig(NamedTuple):
    """Section `camera`."""

    source: str = "csi://0"
    width_px: int = 1280
    height_px: int = 720
    fps: int = 30
    format: str = "auto"
    settle_frames: int = 2
    burst: int = 3
    open_timeout_s: float = 10.0
    read_timeout_s: float = 3.0
    press_timeout_s: float = 5.0
    idle: str = "stream"
    idle_rate: int = 4
    mjpeg_decoder: str = "software"
    rotation: int = 0
    flip: str = "none"
    exposure_us: Optional[int] = None
    focus: Optional[int] = None
    white_balance: str = "auto"


class ButtonConfig(NamedTuple):
    """Section `button`."""

    driver: str = "gpiochip"
    board: str = "tx2"
    chip: str = "tegra-gpio"
    pin: Optional[int] = 18
    line: Optional[int] = None
    active_low: bool = True
    debounce_ms: int = 30
    long_press_s: float = 0.0
    long_press_action: str = "none"
    device: str = ""
    control_socket: str = ""


class LightConfig(NamedTuple):
    """Section `light`."""

    driver: str = "none"
    board: str = "tx2"
    chip: Optional[str] = None
    red_pin: Optional[int] = None
    green_pin: Optional[int] = None
    blue_pin: Optional[int] = None
    buzzer_pin: Optional[int] = None
    active_low: bool = False
    answer_s: float = 8.0


class EngineConfig(NamedTuple):
    """Section `engine`."""

    backend: str = "onnxruntime"
    meanwhile: str = "none"
    threads: int = 2
    precision: str = "auto"
    calibration: str = ""
    workspace_mb: int = 512
    zero_copy: bool = False


class ModelConfig(NamedTuple):
    """Section `model`."""

    bundle: str = ""
    keys: str = "/etc/plantd/keys.d"
    require_signature: bool = False
    trial_presses: int = 3
    trial_s: float = 120.0
    stick_s: float = 300.0


class UpdateConfig(NamedTuple):
    """Section `update`."""

    trial_presses: int = 3
    trial_s: float = 300.0


class VerdictConfig(NamedTuple):
    """Section `verdict`."""

    edible: bool = True


class PlaceConfig(NamedTuple):
    """Section `place`."""

    region: str = "none"
    latitude: Optional[float] = None
    longitude: Optional[float] = None
    gpsd: str = ""
    season: bool = False


class PathsConfig(NamedTuple):
    """Section `paths`: the only places plantd writes to."""

    state: str = "/var/lib/plantd"
    log: str = "/var/log/plantd"
    run: str = "/run/plantd"
    cache: str = "/var/cache/plantd"


class ApiConfig(NamedTuple):
    """Section `api`."""

    group: str = "plantd"
    max_body_mb: int = 20
    request_timeout_s: float = 30.0
    event_queue: int = 256
    heartbeat_s: float = 10.0
    http: str = ""
    token_file: str = ""
    language: str = "auto"


class RecordConfig(NamedTuple):
    """Section `record`."""

    keep_days: int = 365
    keep_mb: int = 4096
    reserve_mb: int = 512
    commit_timeout_ms: int = 250
    jpeg_quality: int = 90


class LogConfig(NamedTuple):
    """Section `log`."""

    level: str = "info"
    max_mb: int = 16
    files: int = 4


class TelemetryConfig(NamedTuple):
    """Section `telemetry`."""

    source: str = "proc"
    interval_s: float = 10.0


class LimitsConfig(NamedTuple):
    """Section `limits`."""

    rss_mb: int = 3000
    available_mb: int = 200
    memory_patience_s: float = 600.0
    temperature_c: float = 85.0


class HooksConfig(NamedTuple):
    """Section `hooks`."""

    command: str = ""
    url: str = ""
    timeout_s: float = 10.0


class VoiceConfig(NamedTuple):
    """Section `voice`."""

    driver: str = "none"
    language: str = "en"
    volume: int = 100
    words_per_minute: int = 150
    device: str = "default"


class DisplayConfig(NamedTuple):
    """Section `display`."""

    driver: str = "none"
    width_px: int = 128
    height_px: int = 64
    depth: int = 1
    paper: bool = False
    colour: str = "black"
    rotation: int = 0
    bus: str = "i2c"
    i2c_bus: int = 1
    i2c_address: str = "3c"
    spi_bus: int = 0
    spi_device: int = 0
    board: str = "tx2"
    gpio_chip: Optional[str] = None
    dc_pin: Optional[int] = None
    reset_pin: Optional[int] = None
    busy_pin: Optional[int] = None
    language: str = "en"
    answer_s: float = 120.0
    dark_after_s: float = 600.0
    refresh_s: float = 180.0


class BoxConfig(NamedTuple):
    """Section `box`."""

    name: str = ""


class MqttConfig(NamedTuple):
    """Section `mqtt`."""

    host: str = ""
    port: Optional[int] = None
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    username: str = ""
    password_file: str = ""
    topic: str = "plantd"
    name: str = ""
    discovery: str = "homeassistant"
    queue_length: int = 10000
    telemetry_s: float = 60.0


class Config(NamedTuple):
    """Everything that can be configured."""

    camera: CameraConfig = CameraConfig()
    button: ButtonConfig = ButtonConfig()
    light: LightConfig = LightConfig()
    engine: EngineConfig = EngineConfig()
    model: ModelConfig = ModelConfig()
    update: UpdateConfig = UpdateConfig()
    verdict: VerdictConfig = VerdictConfig()
    place: PlaceConfig = PlaceConfig()
    paths: PathsConfig = PathsConfig()
    api: ApiConfig = ApiConfig()
    record: RecordConfig = RecordConfig()
    log: LogConfig = LogConfig()
    telemetry: TelemetryConfig = TelemetryConfig()
    limits: LimitsConfig = LimitsConfig()
    hooks: HooksConfig = HooksConfig()
    voice: VoiceConfig = VoiceConfig()
    display: DisplayConfig = DisplayConfig()
    box: BoxConfig = BoxConfig()
    mqtt: MqttConfig = MqttConfig()

    @property
    def socket_path(self) -> str:
        """Where the API listens."""
        return self.paths.run + "/plantd.sock"

    @property
    def bundle_path(self) -> str:
        """The model bundle: the configured directory, or the active one."""
        return self.model.bundle or self.paths.state + "/models/active"

    @property
    def engines_path(self) -> str:
        """Where TensorRT plans lie."""
        return self.paths.state + "/engines"
