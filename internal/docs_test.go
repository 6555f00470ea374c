package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesHaveTests: each test that docs/reliability.md names is there.
func TestPromisesHaveTests(t *testing.T) {
	text, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	promises, _, ok := strings.Cut(string(text), "## Killed")
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(promises, -1)
	if !ok || len(named) < 20 {
		t.Fatalf("%d tests are named, want those of every promise", len(named))
	}
	tests := testNames(t)
	for _, name := range named {
		if !tests[name[1]] {
			t.Errorf("%s is in no test file", name[1])
		}
	}
	for promise := range strings.SplitSeq(promises, "\n- ") {
		if strings.HasPrefix(promise, "**") && !strings.Contains(promise, "`Test") {
			t.Errorf("no test is named for: %.60s", promise)
		}
	}
}

// testNames are the names of all tests of this module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
