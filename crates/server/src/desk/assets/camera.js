// A live camera in front of the file field. The photo that it takes is put into that field, so that the form is the same
// with and without this script. Large photos are made smaller here. Nothing leaves the page but by the form.
"use strict";

(() => {
  const LONGEST_SIDE = 1280;
  const LARGE_FILE = 1024 * 1024;

  const field = document.querySelector("[data-camera]");
  if (!field) return;
  const form = field.closest("form");
  const part = (name) => field.querySelector(`[data-${name}]`);
  const view = part("view");
  const video = part("video");
  const still = part("still");
  const oval = part("oval");
  const status = part("status");
  const open = part("open");
  const take = part("take");
  const again = part("again");
  const files = [...field.querySelectorAll("input[type=file]")];
  let stream = null;

  const show = (shown) => {
    for (const element of [video, still, oval, open, take, again]) {
      element.toggleAttribute("hidden", !shown.includes(element));
    }
    view.hidden = video.hidden && still.hidden;
  };

  const say = (words, isBad) => {
    status.hidden = !words;
    status.textContent = words || "";
    status.classList.toggle("is-bad", Boolean(isBad));
  };

  const stop = () => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    video.srcObject = null;
  };

  const start = async () => {
    say("");
    for (const file of files) file.value = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "user", width: { ideal: LONGEST_SIDE }, height: { ideal: 960 } },
      });
    } catch {
      show([open]);
      say(field.dataset.refused, true);
      return;
    }
    video.srcObject = stream;
    // People know their own face from the mirror; the photo that is sent is not mirrored.
    video.classList.add("facing-you");
    show([video, oval, take]);
    await video.play().catch(() => {});
    view.scrollIntoView({ block: "start" });
    take.focus({ preventScroll: true });
  };

  // Draws a picture, made smaller where it is large, and puts it into the form as a JPEG.
  const keep = async (source, width, height) => {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    still.width = Math.max(1, Math.round(width * scale));
    still.height = Math.max(1, Math.round(height * scale));
    still.getContext("2d").drawImage(source, 0, 0, still.width, still.height);
    const blob = await new Promise((done) => still.toBlob(done, "image/jpeg", 0.92));
    if (!blob) throw new Error("no picture");
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
    for (const file of files) file.value = "";
    files[0].files = transfer.files;
  };

  const done = (shown) => {
    show(shown);
    say(field.dataset.taken);
    form.querySelector("button:not([type=button])").focus();
  };

  open.addEventListener("click", start);
  again.addEventListener("click", start);
  take.addEventListener("click", async () => {
    if (!video.videoWidth) return;
    try {
      await keep(video, video.videoWidth, video.videoHeight);
      stop();
      done([still, again]);
    } catch {
      say(field.dataset.unreadable, true);
    }
  });

  for (const file of files) {
    file.addEventListener("change", async () => {
      const chosen = file.files[0];
      if (!chosen) return;
      stop();
      for (const other of files) if (other !== file) other.value = "";
      try {
        const picture = await createImageBitmap(chosen, { imageOrientation: "from-image" });
        if (chosen.size > LARGE_FILE || Math.max(picture.width, picture.height) > 2 * LONGEST_SIDE) {
          await keep(picture, picture.width, picture.height);
        } else {
          still.width = picture.width;
          still.height = picture.height;
          still.getContext("2d").drawImage(picture, 0, 0);
        }
        done([still, open]);
      } catch {
        show([open]);
        say(field.dataset.unreadable, true);
      }
    });
  }

  // One press sends it once.
  form.addEventListener("submit", () => {
    stop();
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  });

  if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
    // The live camera does what the first file field does on a phone.
    part("buttons").hidden = false;
    part("own").hidden = true;
    show([open]);
  }
})();
