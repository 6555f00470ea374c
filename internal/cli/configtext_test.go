package cli

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// utf16Text is text as Windows' editors write it.
func utf16Text(text string, order binary.AppendByteOrder) []byte {
	out := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// TestConfigEncodings: a configuration means the same whatever editor saved it.
func TestConfigEncodings(t *testing.T) {
	const text = "# Größe, σ and 😀\ndataset = \"moons\"\nsteps = 1_234\nlr = 3e-4\nseed = +7\nantithetic = true\n"
	want := Config{Dataset: "moons", Steps: 1234, LR: 3e-4, Seed: 7, Antithetic: true}
	for name, file := range map[string][]byte{
		"plain":              []byte(text),
		"UTF-8 with mark":    []byte("\xef\xbb\xbf" + text),
		"UTF-16LE":           utf16Text(text, binary.LittleEndian),
		"UTF-16BE":           utf16Text(text, binary.BigEndian),
		"Windows":            []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"old Macintosh":      []byte(strings.ReplaceAll(text, "\n", "\r")),
		"UTF-16 and Windows": utf16Text(strings.ReplaceAll(text, "\n", "\r\n"), binary.LittleEndian),
	} {
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		var got Config
		file, err := openConfigFile(path)
		if err == nil {
			err = got.overlay(file)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestConfigMistakes: what is wrong in a configuration is named with its place and a remedy.
func TestConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"steps = 1\ndataset = “moons”":       "line 2, column 11: “ (U+201C) is no \"; write \"",
		"dataset = «moons»":                  "line 1, column 11: «",
		"dataset = ‘moons’":                  "line 1, column 11: ‘ (U+2018) is no '",
		"steps\u00a0= 5":                     "line 1, column 6: U+00A0 is a space of another kind",
		"\u200bsteps = 5":                    "line 1, column 1: U+200B, which can't be seen",
		"steps = \u2212 5":                   "line 1, column 9: \u2212 (U+2212) is no -",
		"steps = 1e3":                        "steps takes a whole number",
		"seed = 010":                         "line 1, column 8, seed = 010: a number with a zero before its digits",
		"dataset = \"m\xfcnchen\"":           "line 1, column 13: it isn't UTF-8",
		"\xff\xfe\x00\x00d\x00\x00\x00":      "UTF-32",
		"d\x00a\x00t\x00a\x00":               "UTF-16 without",
		"\xff\xfed\x00a":                     "half a character",
		"a = 1\nb = 2\nc = 3\n[d]\ne=1\nf=2": "unknown key a (line 1), b (line 2), c (line 3), d",
	} {
		var c Config
		if err := decodeTOML([]byte(text), &c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// TestConfigFiles: nothing is read without end, and nothing waits.
func TestConfigFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	var many bytes.Buffer
	for i := 0; many.Len() < 12<<20; i++ {
		many.WriteString("key" + strings.Repeat("x", i%7) + time.Duration(i).String() + " = 1\n")
	}
	for path, text := range map[string]string{at("many.toml"): many.String(), at("most.toml"): many.String()[:mostConfig-20]} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("fifo"), 0o644); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("/dev/zero", at("zero")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"many.toml": "larger than 1048576 bytes", "most.toml": "most.toml", "fifo": "a FIFO", "zero": "a device", ".": "is a directory"} {
		began := time.Now()
		var out, log bytes.Buffer
		code := Main([]string{"train", "--config", at(name), "--dry-run"}, &out, &log)
		if code != exitUsage || !strings.Contains(log.String(), want) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: exit code %d after %s, %.300s; want %q", name, code, time.Since(began), &log, want)
		}
	}
	run := at("run")
	if err := os.Mkdir(run, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(run, configName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	if code := Main([]string{"sample", "--run", run, "-o", at("a.png")}, &out, &log); code != exitFailed || !strings.Contains(log.String(), "run/config.toml of 0 bytes names no dataset: it is damaged") {
		t.Errorf("empty configuration: exit code %d, %s", code, &log)
	}
}

// TestConfigText: no text of a configuration makes the reader panic, and each mistake is one line.
func TestConfigText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"dataset", "seed", " = ", "\"moons\"", "010", "\n", "\r", "\u00a0", "“", "\"", "\x00", "\xff", "\xfe", "\xef\xbb\xbf", "[", "]", "#", "1e9", ".", ","}), 0, 12).Draw(t, "text")
		var c Config
		_ = decodeTOML([]byte(strings.Join(parts, "")), &c)
	})
}

// TestConfigPipe: a configuration may come through a pipe, which gives its bytes once.
func TestConfigPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.WriteString("dataset = 'moons'\nseed = 4\nsteps = 3\n"); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "train", "--config", "/dev/stdin", "--dry-run")
	cmd.Stdin = reader
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	for _, want := range []string{"dataset = 'moons'\n", "seed = 4\n", "steps = 3\n"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: got %s, want %q", err, out, want)
		}
	}
}
