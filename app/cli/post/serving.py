"""`post serve`: the form in a browser of this machine."""

import socket
from typing import Annotated

import typer

from app.cli.output import refuse, say
from app.cli.post.opening import DEFAULT_FOLDER, UNUSABLE, Folder, opened

_HOST = "127.0.0.1"


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng; 0: tự chọn · Port; 0: any")] = 0,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Mở biểu mẫu trong trình duyệt của máy này · Open the form in a browser of this machine."""
    import uvicorn  # here, because the other commands need not wait for it

    from app.post.web import Desk

    box = opened(folder)
    with socket.socket() as listener:
        try:
            listener.bind((_HOST, port))
            listener.listen()  # whoever opens the address at once waits for an answer and is not refused
        except OSError:
            refuse(f"Cổng {port} đã có chương trình khác dùng. · Port {port} is taken.", UNUSABLE)
        desk = Desk(box, f"{_HOST}:{listener.getsockname()[1]}")
        say(f"Mở địa chỉ này, không đưa cho ai · Open this, give it to nobody: {desk.address}")
        config = uvicorn.Config(desk.app(), log_config=None, access_log=False, server_header=False, ws="none")
        uvicorn.Server(config).run(sockets=[listener])
