"""What comes back from the network, and what is known after it."""

import asyncio

import pytest

from delivery.transport import AiohttpRequest, AnswerLost, NotSent


def answered(raw: bytes) -> tuple[int, bytes]:
    """What a request gets from a server that says this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        writer.close()

    async def run() -> tuple[int, bytes]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        request = AiohttpRequest()
        try:
            port = server.sockets[0].getsockname()[1]
            return await request.do_request(f"http://127.0.0.1:{port}/", "POST")
        finally:
            await request.shutdown()
            server.close()

    return asyncio.run(run())


def response(status: str, body: bytes) -> bytes:
    """An answer as it goes over the wire."""
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def test_telegram_itself_says_what_became_of_it() -> None:
    """C4: its own words are passed on, whatever they are."""
    refusal = b'{"ok": false, "error_code": 500, "description": "Internal Server Error"}'
    assert answered(response("500 Internal Server Error", refusal)) == (500, refusal)


@pytest.mark.parametrize("raw", [response("502 Bad Gateway", b"<html>"), response("200 OK", b"welcome"), b""])
def test_something_in_between_does_not_know(raw: bytes) -> None:
    """C4: a gateway that fails, or says something else, may have passed the message on: it is possibly doubled."""
    with pytest.raises(AnswerLost):
        answered(raw)


def test_nobody_there_is_not_sent() -> None:
    """C4: sending again can't double anything."""

    async def run() -> None:
        request = AiohttpRequest()
        try:
            await request.do_request("http://127.0.0.1:1/", "POST")
        finally:
            await request.shutdown()

    with pytest.raises(NotSent):
        asyncio.run(run())
