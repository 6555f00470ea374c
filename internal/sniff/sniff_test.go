package sniff

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// heads are written by testdata/heads.py.
//
//go:embed testdata/heads.json
var heads []byte

// TestNameOfFiles: what Python's modules write is named.
func TestNameOfFiles(t *testing.T) {
	var list [][2]json.RawMessage
	if err := json.Unmarshal(heads, &list); err != nil {
		t.Fatal(err)
	}
	for _, h := range list {
		var want string
		var head []byte
		if err := json.Unmarshal(h[0], &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(h[1], &head); err != nil {
			t.Fatal(err)
		}
		if got, _ := Name(head); !strings.Contains(got, want) {
			t.Errorf("%s: named %q", want, got)
		}
	}
}

// TestNameOfTexts: pointers and pages are named, tables aren't.
func TestNameOfTexts(t *testing.T) {
	for head, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n": "a git-lfs pointer",
		"/annex/objects/SHA256E-s5--00.npz\n":                                 "a git-annex pointer",
		"outs:\n- md5: 00\n  path: a.npz\n":                                   "a pointer of DVC",
		"\ufeff \r\n<!DOCTYPE html><html>":                                    "an HTML page",
		"<HTML><body>":                                                        "an HTML page",
		"<?xml version=\"1.0\"?><Error><Code>NoSuchKey":                       "an XML document",
		"404: Not Found":                                                      "the error message of a server",
		"Entry not found":                                                     "the error message of a server",
		"404,1.5\n403,2.5\n":                                                  "",
		"time,x,y\n0,1,2\n":                                                   "",
		"{a},b\n1,2\n":                                                        "",
		"0.5 1.5\n":                                                           "",
		"\x10\x00\x00\x00\x00\x00\x00\x00{\"__metadata__\"":                   "a safetensors file",
	} {
		if got, do := Name([]byte(head)); got != want || strings.Contains(got+do, "\n") {
			t.Errorf("%q: named %q (%s), want %q", head, got, do, want)
		}
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npz")
	if err := os.WriteFile(path, []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{path: "an HTML page", dir: "", filepath.Join(dir, "none"): "",
		os.DevNull: ""} {
		if got, _ := File(path); got != want {
			t.Errorf("%s: named %q, want %q", path, got, want)
		}
	}
}

// FuzzName: any head is named in one line, or not at all.
func FuzzName(f *testing.F) {
	f.Add([]byte("version https://git-lfs.github.com/spec/v1"))
	f.Add([]byte("\x80\x02"))
	f.Add([]byte("[ ["))
	f.Fuzz(func(t *testing.T, head []byte) {
		if what, do := Name(head); strings.ContainsAny(what+do, "\n\r\x1b") || what == "" && do != "" {
			t.Fatalf("%q; %q", what, do)
		}
	})
}
