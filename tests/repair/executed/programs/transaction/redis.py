from redis import Redis


def replaced(client: Redis, name, notes):
    client.delete(f"tags:{name}")
    for note in notes:
        client.rpush(f"tags:{name}", note)


def with_a_log(client: Redis, name, notes):
    key = f"tags:{name}"
    client.delete(key)
    for note in notes:
        if note:
            client.rpush(key, note)
    client.rpush("log", name)
    return len(notes)
