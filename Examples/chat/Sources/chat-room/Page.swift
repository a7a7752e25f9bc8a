// Licensed under the MIT licence.

import SocketIOHummingbird

/// The page that talks to ``Chat``.
enum Page {
    /// The page as it is served; `client` is the address of the official browser client's script.
    static func html(client: String) -> ByteBuffer {
        // Nothing in an attribute but what belongs there.
        let client = client.filter { !"\"<>&".contains($0) }
        return ByteBuffer(string: Self.template.replacing("CLIENT", with: client))
    }

    private static let template = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Chat</title>
        <style>
          body { font: 16px/1.4 system-ui; max-width: 40em; margin: 2em auto; }
          #talk { height: 20em; overflow: auto; border: 1px solid #888; padding: .5em; }
          #note { min-height: 1.5em; color: #666; }
        </style>
        <form id="enter">
          <input name="room" value="tea" required maxlength="40" aria-label="Room">
          <input name="name" placeholder="Your name" required maxlength="40" aria-label="Your name">
          <button>Enter</button>
        </form>
        <div id="talk" aria-live="polite"></div>
        <p id="note"></p>
        <form id="say">
          <input name="text" required maxlength="1000" autocomplete="off" aria-label="Message">
          <button>Say</button>
        </form>
        <script src="CLIENT"></script>
        <script>
          const socket = io();
          const [talk, note, enter, say] = ["talk", "note", "enter", "say"].map((id) => document.getElementById(id));
          let place, fading;

          function add(line) {
            const row = document.createElement("div");
            row.textContent = line;  // never as HTML: it came from somebody else
            talk.append(row);
            row.scrollIntoView();
          }

          async function goIn() {
            const { error, names } = await socket.emitWithAck("enter", place);
            add(error ?? `You are in ${place.room} with ${names.join(", ")}.`);
          }

          enter.onsubmit = (event) => {
            event.preventDefault();
            place = Object.fromEntries(new FormData(enter));
            goIn();
          };
          say.onsubmit = async (event) => {
            event.preventDefault();
            const { error } = await socket.emitWithAck("say", say.text.value);
            if (error) add(error); else say.reset();
          };
          say.text.oninput = () => socket.volatile.emit("typing");

          // A connection that was lost is a new socket, which is in no room yet.
          socket.on("connect", () => { if (place) goIn(); });
          socket.on("disconnect", (reason) => add(`Connection lost: ${reason}.`));
          socket.on("entered", (name) => add(`${name} came in.`));
          socket.on("left", (name) => add(`${name} left.`));
          socket.on("message", ({ name, text }) => { note.textContent = ""; add(`${name}: ${text}`); });
          socket.on("typing", (name) => {
            note.textContent = `${name} is typing…`;
            clearTimeout(fading);
            fading = setTimeout(() => (note.textContent = ""), 2000);
          });
        </script>
        """
}
