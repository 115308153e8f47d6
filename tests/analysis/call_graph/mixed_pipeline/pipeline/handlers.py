from .service import service as sessions


async def greet(user_id):
    await sessions.touch(user_id)
    return "hello"


async def answer(user_id):
    session = await sessions.get_or_create_session(user_id)
    return session.reply()


HANDLERS = {"greet": greet, "answer": answer}
