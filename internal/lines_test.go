package internal

import (
	"bufio"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Lines of Go have at most 120 columns, a tab being 4 of them. A field's tag, a directive and a raw string can't be
// broken, and generated files have the lines of their generators. The tests of the command aren't checked.
func TestLinesAreShort(t *testing.T) {
	const most = 120
	checked := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		command := strings.HasPrefix(path, filepath.Join("..", "internal", "cli"))
		switch {
		case err != nil || d.IsDir() && d.Name() != "testdata" && (path == ".." || d.Name()[0] != '.'):
			return err
		case d.IsDir():
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || command && strings.HasSuffix(path, "_test.go"):
			return nil
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
	if checked < 500 {
		t.Fatalf("checked %d files, want all", checked)
	}
}

func TestLongLinesAreSeen(t *testing.T) {
	path := t.TempDir() + "/p.go"
	text := "package p\n\n// " + strings.Repeat("é", 20) + "\ntype t struct {\n\tA int `json:\"" +
		strings.Repeat("x", 20) + "\"`\n}\n\nvar x = `" + strings.Repeat("x", 30) + "`\n\nvar y = 1 // " +
		strings.Repeat("x", 30) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := longLines(t, path, 23); len(got) != 1 || got[0] != 10 {
		t.Errorf("long lines %v, want the last one alone", got)
	}
}

// generated matches the line of a generated file.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// tag matches a line with a field's tag.
var tag = regexp.MustCompile("[\\w\\]] +`\\w+:\"")

// longLines are the numbers of the lines of a file with more than so many columns, but for those that can't be broken;
// none of a generated file.
func longLines(t *testing.T, path string, most int) (numbers []int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if generated.Match(text) {
		return nil
	}
	raw := rawLines(text)
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for n := 1; lines.Scan(); n++ {
		columns := utf8.RuneCountInString(lines.Text()) + 3*strings.Count(lines.Text(), "\t")
		unbroken := raw[n] || tag.MatchString(lines.Text()) || strings.HasPrefix(lines.Text(), "//go:")
		if columns > most && !unbroken {
			numbers = append(numbers, n)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return numbers
}

// rawLines are the numbers of the lines that a raw string touches.
func rawLines(text []byte) map[int]bool {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	touched := map[int]bool{}
	for {
		at, what, literal := s.Scan()
		if what == token.EOF {
			return touched
		}
		if what == token.STRING && literal[0] == '`' {
			first := file.Line(at)
			for n := range 1 + strings.Count(literal, "\n") {
				touched[first+n] = true
			}
		}
	}
}
