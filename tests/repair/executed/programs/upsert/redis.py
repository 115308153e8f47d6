from redis import Redis


def replaced(client: Redis, name, note):
    client.delete(f"tag:{name}")
    client.set(f"tag:{name}", note, nx=True)


def if_missing(client: Redis, name, note):
    key = f"tag:{name}"
    client.delete(key)
    client.setnx(key, note)
    client.rpush("log", note)
    return note


def _dropped(client: Redis, name):
    client.delete(f"tag:{name}")


def in_a_helper(client: Redis, name, note):
    _dropped(client, name)
    client.set(f"tag:{name}", note, nx=True)
    return name
