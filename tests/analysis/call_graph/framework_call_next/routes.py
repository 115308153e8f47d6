from fastapi import APIRouter

router = APIRouter()


@router.get("/more")
async def more():
    return 3
