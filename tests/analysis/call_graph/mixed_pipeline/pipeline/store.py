class Session:
    def __init__(self, user_id):
        self.user_id = user_id

    def touch(self):
        return self

    def reply(self):
        return "answer"


class Store:
    def __init__(self):
        self.rows = {}

    async def find(self, user_id):
        return self.rows.get(user_id)

    async def insert(self, user_id):
        session = self.rows[user_id] = Session(user_id)
        return session
