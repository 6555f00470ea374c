package run

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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
		file, err := ReadConfigFile(path)
		if err == nil {
			err = got.Overlay(file, "")
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
		if err := c.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// TestConfigText: no text of a configuration makes the reader panic, and each mistake is one line.
func TestConfigText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"dataset", "seed", " = ", "\"moons\"", "010", "\n", "\r",
			"\u00a0", "“", "\"", "\x00", "\xff", "\xfe", "\xef\xbb\xbf", "[", "]", "#", "1e9", ".", ","}), 0,
			12).Draw(t, "text")
		var c Config
		_ = c.Decode([]byte(strings.Join(parts, "")))
	})
}
