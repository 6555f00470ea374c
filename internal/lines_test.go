package internal

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Lines of Go have at most 120 columns, a tab being 4 of them. A field's tag can't be broken. Tests aren't checked.
func TestLinesAreShort(t *testing.T) {
	const most = 120
	short := []string{"internal/cli", "run"} // packages whose lines are all short
	checked := 0
	for _, root := range short {
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			checked++
			for _, at := range longLines(t, path, most) {
				t.Errorf("%s:%d has more than %d columns", path, at, most)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if checked < 80 {
		t.Fatalf("checked %d files, want all", checked)
	}
}

func TestLongLinesAreSeen(t *testing.T) {
	path := t.TempDir() + "/p.go"
	text := "package p\n\n// " + strings.Repeat("é", 20) + "\ntype t struct {\n\tA int `json:\"" +
		strings.Repeat("x", 20) + "\"`\n}\n\nvar x = `" + strings.Repeat("x", 30) + "`\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := longLines(t, path, 23); len(got) != 1 || got[0] != 8 {
		t.Errorf("long lines %v, want the last one alone", got)
	}
}

// tag matches a line with a field's tag.
var tag = regexp.MustCompile("[\\w\\]] +`\\w+:\"")

// longLines are the numbers of the lines of a file with more than so many columns, but for tags of fields.
func longLines(t *testing.T, path string, most int) (numbers []int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for n := 1; lines.Scan(); n++ {
		columns := utf8.RuneCountInString(lines.Text()) + 3*strings.Count(lines.Text(), "\t")
		if columns > most && !tag.MatchString(lines.Text()) {
			numbers = append(numbers, n)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return numbers
}
