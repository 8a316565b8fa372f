"""The walks through the desk, and what must hold on each page. `run` finds the browser and calls this."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import options  # noqa: E402
from browse import Person  # noqa: E402
from harness import program  # noqa: E402
from harness.child import Broken, Child  # noqa: E402
from merchant import Merchant  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from proxy import Proxy  # noqa: E402

# A camera that every machine has: Chromium's own moving picture.
FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


class Desk:
    """The running program, the merchant, the operator, and the browser."""

    def __init__(self, binary, server, browser, shots, scratch):
        ready = server.ready
        self.scratch = scratch
        self.binary, self.data, self.browser, self.shots = binary, ready["data"], browser, shots
        self.door = ready["door"]
        app = next(caller for caller in ready["callers"] if caller["door"] == "alipay")
        self.app_id = app["app_id"]
        key, platform = app["app_private_key_pkcs8"], app["alipay_public_key"]
        self.merchant = Merchant(self.door, self.app_id, key, platform, app["service_id"])
        self.people = {person["case"]: {"name": person["name"], "id": person["id_number"]} for person in ready["people"]}

    def person(self, name, **how):
        return Person(self.browser, self.door, self.shots, name, **how)

    def operator(self, *words, status=0):
        """Runs `shiming sessions …` beside the server; what it says."""
        command = [self.binary, "sessions", words[0], "--data", self.data, "--json", *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, f"{words}: exit {done.returncode}, {done.stdout} {done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]


def certification_by_camera(desk):
    """Certification, a phone, Chinese: the live camera, an operator's yes, the way back."""
    visitor, someone = desk.person("certification-camera"), desk.people["match"]
    link, number = desk.merchant.certification(someone)
    visitor.open(link)
    visitor.look("邀请")
    visitor.press("^开始")
    visitor.look("是否同意")
    visitor.tick("我已阅读")
    visitor.tick("单独同意")
    visitor.press("同意并继续")
    visitor.look("照片")
    assert someone["name"] not in visitor.page.content() and someone["id"] not in visitor.page.content()
    assert desk.merchant.certified(number) == ("false", "认证未完成")
    visitor.press("打开摄像头")
    visitor.wait_for_camera()
    visitor.look("照片")
    visitor.press("^拍照")
    visitor.page.get_by_text("照片已就绪").wait_for()
    visitor.look("照片")
    visitor.press("重新拍摄")
    visitor.wait_for_camera()
    visitor.press("^拍照")
    visitor.page.get_by_text("照片已就绪").wait_for()
    visitor.press("提交核验")
    visitor.look("正在核验")

    assert any(waiting["handle"] == number for waiting in desk.operator("list"))
    photo = desk.shots / "operator-photo.jpg"
    (shown,) = desk.operator("show", desk.app_id, number, "--photo", photo)
    assert photo.read_bytes()[:2] == b"\xff\xd8" and shown["person"]["photo"] is True
    assert shown["person"]["id"] != someone["id"], "masked unless it is asked for"
    assert shown["consent"]["version"].endswith("zh-CN +photo")
    photo.unlink()
    (decided,) = desk.operator("approve", desk.app_id, number, "--by", "reviewer")
    assert decided["state"] == "succeeded"
    desk.operator("approve", desk.app_id, number, status=1)
    (shown,) = desk.operator("show", desk.app_id, number)
    assert "person" not in shown, "nothing of the person is kept"

    visitor.press("刷新")
    visitor.look("核验通过")
    visitor.press("返回")
    visitor.page.wait_for_url("**/back?**")
    path, told = desk.merchant.shop.visit()
    assert (path, told["passed"], told["biz_no"]) == ("/back", "true", number), told
    assert desk.merchant.certified(number) == ("true", "认证完成")
    visitor.close()


def certification_without_scripts(desk):
    """Certification without scripts, English, dark: a file, slips on the way, an operator's no."""
    visitor = desk.person("certification-plain", scripts=False, lang="en-GB", dark=True)
    link, number = desk.merchant.certification(desk.people["match"])
    visitor.open(link)
    visitor.look("verify your identity")
    visitor.press("^Begin")
    visitor.look("Do you agree")
    visitor.tick("I have read")
    visitor.tick("I agree separately")
    visitor.press("Agree and continue")
    visitor.look("photo of you")
    visitor.press("^Submit")
    visitor.look("photo of you")
    assert visitor.page.get_by_role("alert").is_visible()
    visitor.page.set_input_files("#photo-file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    visitor.press("^Submit")
    assert "not a JPEG or PNG" in visitor.page.locator("#photo-wrong").inner_text()
    large = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": bytes(9 << 20)}
    visitor.page.set_input_files("#photo-file", large)
    visitor.press("^Submit")
    visitor.look("Too much was sent")
    visitor.press("Back to the check")
    visitor.page.set_input_files("#photo-file", desk.shots / "certification-camera-1.png")
    visitor.press("^Submit")
    visitor.look("Being verified")
    assert visitor.page.locator("meta[http-equiv=refresh]").count() == 1
    (decided,) = desk.operator("reject", desk.app_id, number)
    assert decided["state"] == "failed"
    visitor.press("Look now")
    visitor.look("Not verified")
    visitor.press("^Back to")
    visitor.page.wait_for_url("**/back?**")
    assert desk.merchant.shop.visit()[1]["passed"] == "false"
    assert desk.merchant.certified(number) == ("false", "身份信息与照片不一致")
    visitor.close()


def jobworth(desk):
    """A teacher, English: slips, a match, an operator's yes, the result once."""
    visitor, someone = desk.person("jobworth", lang="en-GB"), desk.people["match"]
    link, token, agreement = desk.merchant.jobworth()
    visitor.open(link)
    visitor.look("verify your identity")
    visitor.press("^Begin")
    visitor.look("Do you agree")
    assert desk.merchant.told(token, agreement) == "USER_NOT_AUTHORIZE"
    visitor.tick("I have read")
    visitor.press("Agree and continue")
    visitor.look("Your details")
    visitor.page.fill("#name", someone["name"])
    visitor.page.fill("#number", someone["id"][:-1] + ("0" if someone["id"][-1] != "0" else "1"))
    visitor.press("^Submit")
    visitor.look("Your details")
    assert visitor.page.locator("#number").evaluate("element => element === document.activeElement")
    visitor.page.fill("#number", f"{someone['id'][:6]} {someone['id'][6:14]} {someone['id'][14:]}")
    visitor.press("^Submit")
    visitor.look("Being verified")
    assert desk.merchant.told(token, agreement) == "WAITING_VERIFY"
    (shown,) = desk.operator("show", desk.app_id, token, "--person")
    assert shown["person"]["id"] == someone["id"] and shown["judged"]["verdict"] == "match"
    desk.operator("approve", desk.app_id, token)
    visitor.page.reload()
    visitor.look("Verified")
    visitor.press("^Back to")
    visitor.page.wait_for_url("**/done?**")
    path, told = desk.merchant.shop.visit()
    assert (path, told["token_status"], told["out_agreement_no"]) == ("/done", "FINISH", agreement), told
    assert desk.merchant.told(token, agreement) == "SUCCESS"
    assert desk.merchant.told(token, agreement) == "TOKEN_INVALID"
    # Once more under the same agreement: the consent is enough.
    link, token, agreement = desk.merchant.jobworth(agreement)
    visitor.open(link)
    visitor.press("^Begin")
    visitor.look("Do you agree")
    assert visitor.page.get_by_text("you need not enter anything again").is_visible()
    visitor.tick("I have read")
    visitor.press("Agree and continue")
    visitor.look("Verified")
    assert desk.merchant.told(token, agreement) == "SUCCESS"
    visitor.close()


def jobworth_without_scripts(desk):
    """A teacher without scripts, Chinese, a wide window: not on record, and the language switched on the way."""
    visitor, nobody = desk.person("jobworth-plain", scripts=False, wide=True), desk.people["no_record"]
    link, token, agreement = desk.merchant.jobworth()
    visitor.open(link)
    visitor.look("邀请")
    visitor.page.get_by_text("English").click()
    visitor.look("verify your identity")
    visitor.page.get_by_text("中文").click()
    visitor.press("^开始")
    visitor.look("是否同意")
    visitor.tick("我已阅读")
    visitor.press("同意并继续")
    visitor.look("填写")
    visitor.page.fill("#name", nobody["name"])
    visitor.page.fill("#number", nobody["id"])
    visitor.press("提交核验")
    visitor.look("核验未通过")
    assert desk.merchant.told(token, agreement) == "FAILED"
    visitor.close()


def a_source_that_is_down(desk):
    """A source that is down: the person waits, and nobody decides."""
    visitor, someone = desk.person("source-down"), desk.people["source_down"]
    link, token, agreement = desk.merchant.jobworth()
    visitor.open(link)
    visitor.press("^开始")
    visitor.tick("我已阅读")
    visitor.press("同意并继续")
    visitor.page.fill("#name", someone["name"])
    visitor.page.fill("#number", someone["id"])
    visitor.press("提交核验")
    visitor.look("正在核验")
    assert "暂时无法查询" in visitor.page.locator("main").inner_text()
    desk.operator("approve", desk.app_id, token, status=1)
    assert desk.merchant.told(token, agreement) == "WAITING_VERIFY"
    visitor.close()


def declined(desk):
    """The person does not want to."""
    visitor = desk.person("declined")
    link, token, agreement = desk.merchant.jobworth()
    visitor.open(link)
    visitor.press("^开始")
    visitor.press("不同意")
    visitor.look("已取消")
    visitor.press("返回")
    visitor.page.wait_for_url("**/cancelled?**")
    assert desk.merchant.shop.visit()[0] == "/cancelled"
    assert desk.merchant.told(token, agreement) == "TOKEN_INVALID"
    visitor.close()


def links(desk):
    """A link works once; who has it afterwards sees nothing, and a form of another site does nothing."""
    first, second = desk.person("link-first"), desk.person("link-second")
    address, token, agreement = desk.merchant.jobworth()
    first.open(address)
    link = first.page.url
    assert link.startswith(f"{desk.door}/desk/") and len(link.rsplit("/", 1)[1]) == 43
    first.press("^开始")
    first.look("是否同意")
    second.open(link)
    second.look("链接不可用")
    second.open(f"{desk.door}/desk/")
    second.look("没有进行中")
    first.open(link)
    first.look("链接不可用")
    first.press("继续")
    first.look("是否同意")
    proof = first.page.locator("input[name=proof]").first.get_attribute("value")
    form = f'<form method="post" action="{desk.door}/desk/decline"><input name="proof" value="{proof}"><button>go</button></form>'
    first.page.route("http://elsewhere.test/", lambda route: route.fulfill(body=form, content_type="text/html"))
    first.strangers.clear()
    first.open("http://elsewhere.test/")
    first.press("go")
    assert first.heading() in ("没有进行中的核验", "请求未被接受")
    assert desk.merchant.told(token, agreement) == "USER_NOT_AUTHORIZE"
    first.strangers.clear()
    first.close()
    second.close()


def behind_a_proxy(desk):
    """Behind a reverse proxy, in a folder of another site, over plain HTTP, with somebody named as who runs it."""
    proxy = Proxy()
    told = {"SHIMING_DESK_BASE": proxy.base, "SHIMING_DESK_PEERS": "forwarded", "SHIMING_DESK_OPERATOR": "样例市核验中心"}
    server = program.Server(desk.binary, "proxied", {"environment": told}, desk.scratch)
    proxy.behind = server.ready["door"]
    proxied = Desk(desk.binary, server, desk.browser, desk.shots, desk.scratch)
    visitor, someone = proxied.person("proxied"), proxied.people["match"]
    link, token, agreement = proxied.merchant.jobworth()
    visitor.open(link)
    assert visitor.page.url.startswith(f"{proxy.base}/desk/"), visitor.page.url
    visitor.look("邀请")
    assert "样例市核验中心" in visitor.page.locator("header").inner_text()
    visitor.press("^开始")
    visitor.look("是否同意")
    assert {cookie["path"] for cookie in visitor.context.cookies()} == {"/id/desk"}
    visitor.tick("我已阅读")
    visitor.press("同意并继续")
    visitor.page.fill("#name", someone["name"])
    visitor.page.fill("#number", someone["id"])
    visitor.press("提交核验")
    visitor.look("正在核验")
    assert visitor.page.url == f"{proxy.base}/desk/"
    assert proxied.merchant.told(token, agreement) == "WAITING_VERIFY"
    visitor.close()
    server.end()


WALKS = [
    certification_by_camera,
    certification_without_scripts,
    jobworth,
    jobworth_without_scripts,
    a_source_that_is_down,
    declined,
    links,
    behind_a_proxy,
]


def main():
    wanted = options.read()
    scratch = Path(tempfile.mkdtemp(prefix="shiming-desk-"))
    shutil.rmtree(wanted.shots, ignore_errors=True)
    wanted.shots.mkdir(parents=True)
    try:
        binary = wanted.bin or program.build()
        server = program.Server(binary, "desk", {}, scratch)
        with sync_playwright() as client:
            browser = client.chromium.launch(executable_path=os.environ["DESK_BROWSER"], args=FLAGS)
            failed = walk_all(Desk(binary, server, browser, wanted.shots, scratch))
            browser.close()
        print(f"{len(WALKS) - failed} passed, {failed} failed; pictures: {wanted.shots}")
        return 1 if failed else 0
    except Broken as broken:
        print(f"desk: {broken}", file=sys.stderr)
        return 3
    finally:
        Child.end_all()
        if wanted.keep:
            print(f"the server's data and log: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)


def walk_all(desk):
    """Every walk, each with a line; how many failed."""
    failed = 0
    for walk in WALKS:
        try:
            walk(desk)
            print(f"ok    {walk.__doc__}")
        except Exception:  # noqa: BLE001: whatever it is, the next walk can still be made
            failed += 1
            print(f"FAIL  {walk.__doc__}\n{traceback.format_exc()}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
