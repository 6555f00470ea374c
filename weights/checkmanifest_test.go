package weights

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckManifest: a manifest passes if and only if it can be read, whole, with any byte changed, cut or laid out
// anew. One that amgen wrote needs no parsing.
func TestCheckManifest(t *testing.T) {
	score := 0.5
	m := Manifest{Version: FormatVersion, Amgen: "v1", Meta: Meta{Step: 7, Score: &score, Preset: "tiny",
		Extra: map[string]json.RawMessage{"settings": json.RawMessage(`{"a":"b"}`)}},
		Files: map[string]FileRecord{"ema.safetensors": {Bytes: 3}}}
	text, _, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if !isWritten(text) {
		t.Error("a manifest that was just written has to be parsed")
	}
	m.Version++
	later, _, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	var anew map[string]json.RawMessage
	if err := json.Unmarshal(text, &anew); err != nil {
		t.Fatal(err)
	}
	compacted, err := json.Marshal(anew) // another text of the manifest, so another hash
	if err != nil {
		t.Fatal(err)
	}
	cases := []string{string(text), string(later), string(compacted), "", "{}", strings.Replace(string(text),
		"{\n  \"sha256\"", "{ \"sha256\"", 1)}
	for k := range text {
		changed := []byte(string(text))
		changed[k] ^= 1
		cases = append(cases, string(changed), string(text[:k]))
	}
	dir := t.TempDir()
	for _, c := range cases {
		if err := os.WriteFile(filepath.Join(dir, manifestFile), []byte(c), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, want := ReadManifest(dir)
		got := CheckManifest(dir)
		if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			t.Fatalf("%q: %v, want %v", c, got, want)
		}
	}
}
