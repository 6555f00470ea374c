// A request to draw: the server answers line by line, the last one with the name of the result or an error.

// request asks for a picture or samples, and calls back with each word of the answer. It gives the last one.
export async function request(asked, signal, said) {
  const answer = await fetch("/api/draw", { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked), signal });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let last = null;
  for (let text = ""; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (text + value).split("\n");
    text = lines.pop();
    for (const line of lines) {
      last = JSON.parse(line);
      if (last.error) throw new Error(last.error);
      said(last);
    }
  }
  if (!last?.id) throw new Error("The server has stopped drawing without a word: has amgen serve ended?");
  return last;
}

// progress says how far a request has come.
export const progress = (word) => word.ahead > 0 ? `waits for ${word.ahead} other${word.ahead > 1 ? "s" : ""}` :
  `${Math.round(100 * word.share)} %`;

// quoted is a command line that a shell reads as these words.
export const quoted = (words) => words.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word :
  "'" + word.replaceAll("'", "'\\''") + "'").join(" ");
