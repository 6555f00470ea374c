package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
)

// hostile is the name of a run that would be a script, were it not escaped.
const hostile = `a"'><script>alert(1)</script>&amp;`

func smallRun(t *testing.T) string {
	t.Helper()
	return smallrun.Train(t, func(c *run.Config) { c.LogEvery, c.SampleEvery = 1, 1 })
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pageOf is the page of runs, as a browser reads it.
func pageOf(t *testing.T, names []string, dirs ...string) (text string, tree *html.Node, left []string) {
	t.Helper()
	var list []summary.Summary
	for _, dir := range dirs {
		s, err := summary.Of(run.Dir(dir))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	var page bytes.Buffer
	left, err := Write(&page, list, names, Options{Version: "v1", Command: "amgen report " + hostile,
		Now: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	tree, err = html.Parse(bytes.NewReader(page.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return page.String(), tree, left
}

// all are the elements of a name, with their texts.
func all(tree *html.Node, name string) (list []*html.Node) {
	for n := range tree.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			list = append(list, n)
		}
	}
	return list
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// attribute is an attribute of an element, "" for none.
func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// alone fails the test where a page has a script, a handler or an address of anything outside.
func alone(t *testing.T, tree *html.Node) {
	t.Helper()
	for n := range tree.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "link" || n.Data == "iframe") {
			t.Errorf("the page has <%s>", n.Data)
		}
		for _, a := range n.Attr {
			reaches := (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "#") &&
				!strings.HasPrefix(a.Val, "data:image/png;base64,")
			if reaches || strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

// TestWrite: the page has what is in the files of the runs, and names are texts.
func TestWrite(t *testing.T) {
	a, b := smallRun(t), smallRun(t)
	put(t, a, "eval/fid.json", `{"command":"eval fid","metric":"fid","value":7,"stderr":0.5,"samples":{"step":3,`+
		`"source":"<script>"},"measure":{"metric":"fid","count":4},"list":[{"name":"x","value":1},{"value":0.25}]}`)
	text, tree, left := pageOf(t, []string{hostile, "second"}, a, b)
	alone(t, tree)
	if len(left) > 0 || strings.Contains(text, "<script>") || len(text) > 3<<20 {
		t.Errorf("%d bytes, left out: %q", len(text), left)
	}
	var headings, summaries []string
	for _, h := range all(tree, "h2") {
		headings = append(headings, textOf(h))
	}
	if got := strings.Join(headings, "|"); got !=
		"Curves|Scores that were measured alike|Settings that differ|"+hostile+"|second" {
		t.Errorf("headings %q", got)
	}
	for _, s := range all(tree, "summary") {
		summaries = append(summaries, textOf(s))
	}
	if got := strings.Join(summaries, "|"); got != "fid.json|config.toml|config.toml" {
		t.Errorf("details of %q", got)
	}
	images := all(tree, "img")
	if len(images) != 6 { // of steps 1, 2 and 3, of each run
		t.Fatalf("%d pictures", len(images))
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(attribute(images[2], "src"),
		"data:image/png;base64,"))
	want, err2 := os.ReadFile(filepath.Join(a, "samples/step-000003.png"))
	if err != nil || err2 != nil || !bytes.Equal(data, want) {
		t.Errorf("the last picture of the first run has %d bytes, want %d: %v, %v", len(data), len(want), err, err2)
	}
	config, err := os.ReadFile(filepath.Join(a, run.ConfigName))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, pre := range all(tree, "pre") {
		found = found || textOf(pre) == string(config)
	}
	if !found {
		t.Error("the configuration isn't that of the file")
	}
	if charts := all(tree, "figure"); len(charts) != 3+6 { // loss, gradient norm and rate, over each other
		t.Errorf("%d figures", len(charts))
	}
	if !strings.Contains(text, "7 ± 0.5") || strings.Contains(text, "can&#39;t be compared") {
		t.Error("a score is missing, or runs that are alike can't be compared")
	}
}

// TestUnlike: losses of other functionals have charts of their own, and the page says why.
func TestUnlike(t *testing.T) {
	a := smallRun(t)
	b := smallrun.Train(t, func(c *run.Config) { c.LogEvery, c.Objective = 1, "fm" })
	text, _, _ := pageOf(t, []string{"a", "b"}, a, b)
	for _, want := range []string{"The losses of a and b can&#39;t be compared: their objectives differ.",
		">Loss of a<", ">Loss of b<", ">Learning rate<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestDamaged: of a damaged run there is what can be read, the rest is said, and nothing outside is shown.
func TestDamaged(t *testing.T) {
	dir, outside := smallRun(t), t.TempDir()
	const secret = "the key is under the mat"
	report := `{"metric":"` + secret + `","value":1}`
	put(t, outside, "report.json", report)
	put(t, dir, run.ConfigName, "= =")
	put(t, dir, "eval/cut.json", `{"metric":`)
	log, err := os.ReadFile(filepath.Join(dir, run.StatsName))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, run.StatsName, "no line\n"+string(log))
	picture, err := os.ReadFile(filepath.Join(dir, "samples/step-000001.png"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "samples/step-000001.png", string(picture[:len(picture)/2]))
	put(t, outside, "step-000002.png", string(picture))
	for _, err := range []error{
		os.Remove(filepath.Join(dir, "samples/step-000002.png")),
		os.Symlink(filepath.Join(outside, "step-000002.png"), filepath.Join(dir, "samples/step-000002.png")),
		os.Symlink(filepath.Join(outside, "report.json"), filepath.Join(dir, "eval/report.json")),
		syscall.Mkfifo(filepath.Join(dir, "eval/fifo.json"), 0o644),
		syscall.Mkfifo(filepath.Join(dir, "samples/step-000004.png"), 0o644),
		os.WriteFile(filepath.Join(dir, "samples/step-000005.png"), nil, 0o644),
		os.Truncate(filepath.Join(dir, "samples/step-000005.png"), pictureBytes+1), // sparse
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	text, tree, left := pageOf(t, []string{"first"}, dir)
	alone(t, tree)
	if strings.Contains(text, secret) || strings.Contains(text, "fifo") {
		t.Error("the page shows what is outside")
	}
	said := strings.Join(left, "\n")
	for _, want := range []string{"first: The run is damaged: ", "Left out: 1 damaged line of the log.",
		"The picture of step 5 is left out: it has 1536 kB", "The picture of step 1 is left out: it is damaged.",
		"Left out: 3 files in eval/"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q isn't said in:\n%s", want, said)
		}
	}
	if images := all(tree, "img"); len(images) != 1 { // step 3
		t.Errorf("%d pictures", len(images))
	}
	if charts := all(tree, "figure"); len(charts) != 3+1 {
		t.Errorf("%d figures, want those of the log", len(charts))
	}
	if err := os.RemoveAll(filepath.Join(dir, "samples")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "samples")); err != nil {
		t.Fatal(err)
	}
	if _, tree, _ := pageOf(t, []string{"first"}, dir); len(all(tree, "img"))+len(all(tree, "figure")) > 0 {
		t.Error("a run with a folder that is a link is shown")
	}
}

// TestBounds: however many reports there are, a run takes less than 3 MB, and what is left out is said.
func TestBounds(t *testing.T) {
	dir := smallRun(t)
	rows := strings.TrimSuffix(strings.Repeat(`{"a":"`+strings.Repeat(`&`, 200)+`","b":1},`, 500), ",")
	for k := range 100 {
		put(t, dir, fmt.Sprintf("eval/fid-%03d.json", k), fmt.Sprintf(
			`{"metric":"fid","value":%d,"measure":{"count":%d},"list":[%s],"more":[%s]}`, k, k+1, rows, rows))
	}
	text, tree, left := pageOf(t, []string{"many"}, dir)
	if len(text) > 3<<20 {
		t.Errorf("%d bytes", len(text))
	}
	said := strings.Join(left, "\n")
	for _, want := range []string{"many: Left out: 70 reports;", "many: Left out: 40 scores;"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q isn't said in:\n%s", want, said)
		}
	}
	if n := len(all(tree, "details")); n != 30+1 || !strings.Contains(text, "more rows aren't shown") {
		t.Errorf("%d details", n)
	}
}
