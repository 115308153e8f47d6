from aiogram import BaseMiddleware, Router

router = Router()
other = Router()


class Known(BaseMiddleware):
    async def __call__(self, handler, event, data):
        data["user"] = 1
        return await handler(event, data)


router.message.middleware(Known())


@router.message()
async def start(message, user):
    return user


@router.callback_query()
async def press(query):
    return 2


@other.message()
async def else_where(message):
    return 3
