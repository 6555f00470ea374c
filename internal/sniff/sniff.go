// Package sniff names what a file is by its first bytes. Readers ask it why a file isn't what they expected, so that
// their errors can say "is a git-lfs pointer" instead of naming a byte.
package sniff

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
)

// Length is how many of a file's first bytes tell all that this package knows.
const Length = 512

// Name returns what a file that begins with head is, as in "a git-lfs pointer", and what its owner can do about it, as
// in "fetch the file itself by `git lfs pull`". Both are empty for what isn't known. An empty head is that of an empty
// file.
//
// Name decides nothing for a reader that knows a format by itself: a good table may begin as a JSON text does.
func Name(head []byte) (what, do string) {
	if len(head) == 0 {
		return "an empty file", again
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head[min(s.at, len(head)):], []byte(s.magic)) {
			return s.what, s.do
		}
	}
	switch {
	case len(head) >= 64 && len(bytes.Trim(head, "\x00")) == 0:
		return "a file of zeros", again
	case head[0] == 0x80 && len(head) > 2 && head[1] >= 2 && head[1] <= 5 &&
		bytes.IndexByte([]byte("c}]()lXUB\x8a\x8c\x95"), head[2]) >= 0:
		return "a pickle of Python", "save its arrays by numpy.save or its tensors by torch.save"
	case isSafetensors(head):
		return "a safetensors file", ""
	}
	return text(head)
}

// File is Name of the file at path. Of what is no regular file, or can't be read, nothing is known.
func File(path string) (what, do string) {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() { // a FIFO would wait
		return "", ""
	}
	f, err := os.Open(path)
	if err != nil {
		return "", ""
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, Length))
	if err != nil {
		return "", ""
	}
	return Name(head)
}

// isSafetensors tells the length and the first bytes of a safetensors header.
func isSafetensors(head []byte) bool {
	return len(head) > 9 && binary.LittleEndian.Uint64(head) < 1<<27 && head[8] == '{' &&
		(head[9] == '"' || head[9] == '}' || head[9] == ' ')
}

// text names texts: error pages that were saved in a file's place, and the pointers of version control.
func text(head []byte) (what, do string) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return "a text in UTF-16", "save it in UTF-8"
		}
	}
	lower := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n"))
	for _, begin := range []string{"<!doctype html", "<html", "<head", "<body", "<title", "<script", "<!--"} {
		if strings.HasPrefix(lower, begin) {
			return "an HTML page", "download the file itself, not the page that shows it or asks to sign in"
		}
	}
	for _, begin := range serverErrors {
		if rest, ok := strings.CutPrefix(lower, begin); ok && len(head) < Length &&
			!strings.ContainsAny(strings.TrimSpace(rest), ",;\t\n") {
			return "the error message of a server", "download the file itself"
		}
	}
	for _, begin := range []string{"/annex/objects/", "../.git/annex/objects/", ".git/annex/objects/"} {
		if strings.HasPrefix(lower, begin) {
			return "a git-annex pointer", "fetch the file itself by `git annex get`"
		}
	}
	switch {
	case strings.HasPrefix(lower, "<?xml"), strings.HasPrefix(lower, "<error"):
		return "an XML document", "download the file itself, if this is a server's error"
	case strings.HasPrefix(lower, "outs:\n"), strings.HasPrefix(lower, "md5: "):
		return "a pointer of DVC", "fetch the file itself by `dvc pull`"
	case isJSON(lower):
		return "a JSON text", "download the file itself, if this is a server's error"
	}
	return "", ""
}

// serverErrors begin what servers answer in place of a file, in lower case.
var serverErrors = []string{"404", "403 forbidden", "401 unauthorized", "429", "500 internal", "502 bad gateway",
	"503 service", "not found",
	"entry not found", "repository not found", "access denied", "access to ", "forbidden", "unauthorized",
	"invalid username or password", "invalid credentials",
	"too many requests", "rate limit", "bad gateway", "error code: ", "blob not found"}

// isJSON tells an object, or a list of objects, texts or lists.
func isJSON(text string) bool {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		rest = strings.TrimLeft(rest, " \t\r\n")
		return strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "[") ||
			strings.HasPrefix(rest, "]")
	}
	rest, ok := strings.CutPrefix(text, "{")
	rest = strings.TrimLeft(rest, " \t\r\n")
	return ok && (strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "}"))
}
