package flows_test

import (
	"os"
	"strings"
	"testing"
)

// The guide shows trainAndSample of example_test.go, which Example runs.
func TestGuideShowsTheExample(t *testing.T) {
	between := func(path, from, to string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), from)
		body, _, ended := strings.Cut(rest, to)
		if !ok || !ended {
			t.Fatalf("%s has nothing from %q to %q", path, from, to)
		}
		return body
	}
	const function = "func trainAndSample("
	want := between("example_test.go", "\n"+function, "\n}\n")
	got := between("../docs/guide/library.md", "```go\n"+function, "\n}\n```")
	if got != want {
		t.Errorf("docs/guide/library.md and flows/example_test.go differ; the guide has\n%s\n\nand the example\n%s",
			got, want)
	}
}
