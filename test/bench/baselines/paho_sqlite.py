"""The script many sites run: paho-mqtt and sqlite3, one row with sync (WAL, FULL) for each record, then the command."""
import json
import os
import sqlite3
import sys
import time
from urllib.parse import urlparse

import paho.mqtt.client as mqtt

url = urlparse(os.environ["BENCH_MQTT"])
people = sqlite3.connect(f"file:{os.environ['BENCH_PEOPLE']}?mode=ro", uri=True, check_same_thread=False)
db = sqlite3.connect(os.environ["BENCH_DB"], isolation_level=None, check_same_thread=False)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE event(id INTEGER PRIMARY KEY, device TEXT, record TEXT, who TEXT, granted INTEGER, at INTEGER)")


def on_connect(client, *_):
    client.subscribe("mqtt/face/+/Rec", qos=1)


def on_subscribe(*_):
    print("ready", flush=True)


def on_message(client, _userdata, message):
    device = message.topic.split("/")[2]
    info = json.loads(message.payload)["info"]
    who = people.execute("SELECT holder FROM credential WHERE value = ?", (info["customId"],)).fetchone()
    db.execute(
        "INSERT INTO event(device, record, who, granted, at) VALUES (?, ?, ?, ?, ?)",
        (device, info["RecordID"], info["customId"], int(who is not None), int(time.time() * 1000)),
    )
    topic = f"mqtt/face/{device}"
    if who is not None:
        client.publish(topic, json.dumps({"operator": "Unlock", "info": {"openDoor": "1", "id": info["RecordID"]}}), qos=0)
    client.publish(topic, json.dumps({"operator": "PushAck", "info": {"SnapOrRecordID": info["RecordID"]}}), qos=0)


if hasattr(mqtt, "CallbackAPIVersion"):
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, client_id="bench-paho")
else:
    client = mqtt.Client(client_id="bench-paho")
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_message
client.connect(url.hostname, url.port)
import socket  # noqa: E402

client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
try:
    client.loop_forever()
except KeyboardInterrupt:
    sys.exit(0)
