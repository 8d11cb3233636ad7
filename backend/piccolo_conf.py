"""Where Piccolo finds the database and the one app."""

from piccolo.conf.apps import AppRegistry

from backend.kit.db import engine

DB = engine
APP_REGISTRY = AppRegistry(apps=["backend.piccolo_app"])
