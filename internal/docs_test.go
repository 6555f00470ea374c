package internal

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// promisesPage names the tests that hold each promise.
const promisesPage = "../docs/reference/promises.md"

// TestPromisesHaveTests: each test that the promises name is there.
func TestPromisesHaveTests(t *testing.T) {
	text, err := os.ReadFile(promisesPage)
	if err != nil {
		t.Fatal(err)
	}
	promises, _, ok := strings.Cut(string(text), "## Files from strangers")
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

// pages are the texts of README, ARCHITECTURE, CONTRIBUTING, docs and the backend's README, by their path from here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"../README.md": "", "../ARCHITECTURE.md": "", "../CONTRIBUTING.md": "",
		"../backends/simd/README.md": ""}
	err := filepath.WalkDir("../docs", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			found[path] = ""
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[path] = string(text)
	}
	return found
}

// TestPagesAreShort: README has less than 150 lines, a page of docs at most 250, and no line more than 120 columns but
// a row of a table, which can't be broken.
func TestPagesAreShort(t *testing.T) {
	for path, text := range pages(t) {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if n := len(lines); path == "../README.md" && n >= 150 || n > 250 {
			t.Errorf("%s has %d lines", path, n)
		}
		for i, line := range lines {
			if n := utf8.RuneCountInString(line); n > 120 && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d has %d columns, want at most 120", path, i+1, n)
			}
		}
	}
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinks: each relative link and picture leads to a file of this repository, and to a heading in it.
func TestLinks(t *testing.T) {
	all, links := pages(t), 0
	for path, text := range all {
		prose := code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
		for _, found := range link.FindAllStringSubmatch(prose, -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			links++
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s leads to no file", path, found[1])
			} else if anchor != "" && !anchors(all[file])[anchor] {
				t.Errorf("%s: %s leads to no heading", path, found[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("found %d links, want those of all pages", links)
	}
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(page string) map[string]bool {
	names := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		name := regexp.MustCompile(`[^\pL\pN_ -]`).ReplaceAllString(strings.ToLower(found[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

// TestPicturesAreShown: a page shows each picture of docs.
func TestPicturesAreShown(t *testing.T) {
	var text strings.Builder
	for _, page := range pages(t) {
		text.WriteString(page)
	}
	pictures, err := filepath.Glob("../docs/pictures/*")
	if err != nil || len(pictures) == 0 {
		t.Fatal("no pictures", err)
	}
	for _, picture := range pictures {
		if !strings.Contains(text.String(), "pictures/"+filepath.Base(picture)+")") {
			t.Errorf("no page shows %s", picture)
		}
	}
}

// TestProgramsCompile: each whole Go program in a page compiles with this module.
func TestProgramsCompile(t *testing.T) {
	program := regexp.MustCompile("(?ms)^```go\n(package main\n.*?)^```$")
	programs := 0
	for path, text := range pages(t) {
		for _, found := range program.FindAllStringSubmatch(text, -1) {
			programs++
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, []byte(found[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", path, err, out)
			}
		}
	}
	if programs < 2 {
		t.Errorf("found %d programs, want those of the guide", programs)
	}
}

// TestReadmeShowsTheExample: the program in README is the function of examples/grid, which is built and run by its
// test.
func TestReadmeShowsTheExample(t *testing.T) {
	program, err := os.ReadFile("../examples/grid/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, function, ok := strings.Cut(string(program), "\nfunc grid(")
	if want := "```go\nfunc grid(" + function + "```\n"; !ok || !strings.Contains(string(readme), want) {
		t.Errorf("README.md doesn't have\n%s", want)
	}
}
