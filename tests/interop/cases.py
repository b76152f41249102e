"""What run.py posts and what every subscriber must then receive: each callback of the contract, each of its events.

The bodies are JSON texts rather than Python values, since how a text is written (white space, escapes, the order and the
repetition of members) is what the encoding of the second frame has to carry through.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One POST: where, the body's text, the answer's status, and the events it makes, in order."""

    path: str
    body: str
    events: tuple[str, ...]
    status: int = 200


def case(path: str, member: str, *events: str, status: int = 200) -> Case:
    """A case whose body is the common envelope and one member, given as JSON text."""
    envelope = '"id":"f8e8b6d0-3f5b-4d86-a6f0-1c0e9ad1b0c4","timestamp":"2026-03-01T10:00:00.123456Z"'
    return Case(path, "{" + envelope + "," + member + "}", events, status)


def message(members: str) -> Case:
    """A message with the fields every message has, and more members given as JSON text."""
    return case("message", '"message":{"id":"m-1","conversation_id":"c-1","from":"u-1",' + members + "}", "rainbow_onmessagereceived")


def text(body: str) -> Case:
    """A message whose body is the inside of a JSON string."""
    return message('"body":"' + body + '"')


RECEIPT = '"receipt":{"msg_id":"m-9","entity":"%s","event":"%s","conversation_id":"c-9"}'
ATTACHMENT = '{"url":"https://files.example/1/%C3%A9?a=b&c=d","filename":"ein \\"Plan\\".pdf","mime":"application/pdf","size":123456789}'

CALLBACKS = [
    case("connection", '"connection":{"state":"ready"}', "rainbow_onconnectioncreated"),
    case("connection", '"connection":{"state":"unavailable"}', "rainbow_ondisconnected"),
    case("connection", '"connection":{"state":"terminated"}', "rainbow_ondisconnected"),
    message('"body":"hello"'),
    message('"body":"hello","is_group":true,"subject":"s","lang":"en","attachment":' + ATTACHMENT
            + ',"contents":[{"type":"text/markdown","data":"**a**"},{"type":"text/html","data":"<b>a</b>"}]'),
    case("receipt", RECEIPT % ("server", "received"), "rainbow_onmessageserverreceiptreceived", "rainbow_onreceipt"),
    case("receipt", RECEIPT % ("client", "received"), "rainbow_onmessagereceiptreceived", "rainbow_onreceipt"),
    case("receipt", RECEIPT % ("client", "read"), "rainbow_onmessagereceiptreadreceived", "rainbow_onreceipt"),
    case("all-receipt", '"all-receipt":{"id":"all-received","conversation_id":"c","with":"u"}', "rainbow_onallmessagereceiptreceived"),
    case("all-receipt", '"all-receipt":{"id":"all-sent","conversation_id":"c","with":"u"}', "rainbow_onallmessagereceiptsent"),
    case("all-deleted", '"all-deleted":{"conversation_id":"c","with":"u"}', "rainbow_onallmessagedeleted"),
    case("presence", '"presence":{"from":"u","resource":"web","show":"dnd","status":"busy"}', "rainbow_onpresencechanged"),
    case("presence", '"presence":{"from":"u"}', "rainbow_onpresencechanged"),
    case("chat-state", '"chatstate":{"state":"composing","conversation_id":"c","peer":"u"}', "rainbow_onchatstate"),
    case("conversation", '"conversation":{"id":"c","action":"create","peer":"u","type":"user","mute":false}', "rainbow_onconversationcreated"),
    case("conversation", '"conversation":{"id":"c","action":"update","peer":"u","type":"bot"}', "rainbow_onconversationupdate"),
    case("conversation", '"conversation":{"id":"c","action":"delete","peer":"r","type":"room"}', "rainbow_onconversationremoved"),
    case("room-invite", '"room-invite":{"id":"r","by":"u","name":"a room"}', "rainbow_onbubbleinvitationreceived"),
    case("room-member", '"room-member":{"id":"r","user":"u","status":"accepted"}', "rainbow_onbubbleaffiliationchanged"),
    case("room-member", '"room-member":{"id":"r","user":"u","status":"unsubscribed"}', "rainbow_onbubbleaffiliationchanged"),
    case("room-state", '"room-state":{"id":"r","event":"deleted"}', "rainbow_onbubbleremoved"),
    *(
        case("room-state", '"room-state":{"id":"r","event":"' + event + '"}', "rainbow_onbubblestatechanged")
        for event in ("available", "unavailable", "deactivated", "resumed", "shutdown")
    ),
    case("error", '"error":{"code":404,"reason":"not found","description":"no such conversation","conversation_id":"c"}', "rainbow_onerror"),
    case("error", '"error":{"code":-1,"reason":""}', "rainbow_onerror"),
]

# Newer than the contract: published under a name made of the path.
NEWER = [
    case("user", '"userId":"u-7","user":{"subtype":"invite"}', "rainbow_onuserinvitereceived"),
    case("telephony/rvcp", '"userId":"u-7"', "rainbow_ontelephonyrvcp"),
]

# Texts that a bot which undoes the outer layer by hand would get wrong if one byte were encoded otherwise.
HARD = [
    text(""),
    text(r"she said \"no\""),
    text(r"\""),
    text(r"\\"),
    text(r"C:\\temp\\new\\u0041"),
    text(r"\\\""),
    text(r"ends in a backslash \\"),
    text(r"one\ntwo\r\n\tthree\b\f"),
    text(r"\u0000\u0001\u001f\u007f"),
    text("slash / and " + r"\/ escaped"),
    text("'single' `back` $dollar %percent% <tag> &amp;"),
    text("été 日本語 \U0001f600 \U0001f469‍\U0001f4bb עברית"),
    text(r"\u00e9t\u00e9 \ud83d\ude00 \u65e5"),
    text("\u2028 \u2029 \u0085 \u00a0 \ufeff \ufffd"),
    text(r'{\"id\":\"a document in a document\",\"n\":[1,2]}'),
    text("x" * 70_000),
    message('"body":"unknown members go through","userId":"u-7","nested":{"a":[{},[],null,true,false,0,-1,1.5,1e3,"",{"":""}]}'),
    message('"body":"first","body":"the last of two counts"'),
    case("room-member", '"room-member":{"id":"r","user":"u","status":"invited"}', "rainbow_onbubbleaffiliationchanged"),
    Case(
        "message",
        ' \r\n{\n\t"id" : "f8e8",\n  "timestamp" : "2026-03-01T10:00:00Z" ,\n  "message" : {\n    "id" : "m 1" , "conversation_id":"c : , 1",\n'
        '    "from" : "u" ,\n    "body" : "white  space , kept : in { strings }  "\n  } , "list" : [ 1 , 2 , [ ] , { } ]\n}\n ',
        ("rainbow_onmessagereceived",),
    ),
]

# Refused, and never seen by a subscriber.
REFUSED = [
    case("message", '"message":{"id":"m","conversation_id":"c","from":"u"}', status=400),
    case("message", '"message":{"id":"m","conversation_id":"c","from":"u","body":7}', status=400),
    case("presence", '"presence":{"from":"u"},', status=400),
    Case("connection", "", (), 400),
]

# The refused ones stand between the others, so that one that slipped through would be seen out of its place.
CASES = CALLBACKS + NEWER + REFUSED + HARD
