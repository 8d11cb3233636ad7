"""The one Piccolo app: one history of migrations, tables from every slice."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

_FEATURES = ("channels", "checkins", "files", "lessons", "live", "replays")
_TABLES = ["backend.people.tables", *(f"backend.features.{name}.tables" for name in _FEATURES)]

APP_CONFIG = AppConfig(
    app_name="wake",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(modules=_TABLES),
)
