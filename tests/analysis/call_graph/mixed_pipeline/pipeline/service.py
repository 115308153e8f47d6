from .store import Session, Store


class SessionService:
    def __init__(self, store=None):
        self._store = store or Store()

    async def get_or_create_session(self, user_id) -> Session:
        found = await self._store.find(user_id)
        return found or await self._store.insert(user_id)

    async def touch(self, user_id, session=None):
        session = session or await self.get_or_create_session(user_id)
        session.touch()
        return session

    async def ignore(self, user_id):
        return await self.touch(user_id)


service = SessionService()
