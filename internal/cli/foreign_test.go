package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amgen/amgen/internal/cli/term"
)

// foreignCases is how many directories with somebody's files TestForeignFiles gives to each command.
var foreignCases = flag.Int("foreign", 3, "directories with foreign files that each command that writes is given")

// foreignNames are what somebody may have in a directory: names that amgen's own are like, or are.
var foreignNames = []string{
	"lock", "stats.jsonl", "config.toml", "loss.png", "samples.json", "request.json", "notes.txt", "model.bin",
	"my.safetensors",
	"0000.png", "000000.png", "000001.png", "00000000.npz", "00000002.npz", "part-0001", ".DS_Store",
	".amgen-unfinished-1", ".config.toml.swp",
	"samples", "samples/step-000002.png", "samples/step-annotated.png", "samples/step-0005.png",
	"samples/.step-mine.png",
	"checkpoints", "checkpoints/step-backup", "checkpoints/step-000500/model.bin", "checkpoints/step-000500",
	"checkpoints/step-0005.png",
	"checkpoints/aside-step-000002", "checkpoints/aside-mine", "checkpoints/.tmp-mine",
	"checkpoints/step-000001/notes.txt", "checkpoints/step-000900.txt",
	"eval", "eval/my-own.json", "eval/points-step-000002.json", "eval/points-step-000900.json",
	"runs/00001-mine/config.toml",
	"mnist/train-images-idx3-ubyte.gz", ".lock", "features-00000.npz", "a.png", "a.csv", "x.safetensors",
}

// foreignTexts are what such files hold: nothing, noise, and what other programs write.
var foreignTexts = []string{"", "mine\n", "[server]\nport = 80\n", "{\"n\": 5, \"batch\": 2}\n", "[1, 2]\n",
	"\x89PNG\r\n\x1a\nno picture", "PK\x03\x04 no archive",
	"{\"step\": 1, \"text\": \"of another program\"}\n"}

// foreigner makes somebody's files, and tells later whether all are as they were.
type foreigner struct {
	outside string // where links lead to
	roots   []string
	was     map[string]string
}

// plant makes one file, link, FIFO or directory, unless there is something or its place isn't a directory.
func (f *foreigner) plant(t *rapid.T, dir, name string) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	for up := filepath.Dir(path); len(up) >= len(dir); up = filepath.Dir(up) { // only in true directories
		if info, err := os.Lstat(up); err == nil && !info.IsDir() {
			return
		}
	}
	if _, err := os.Lstat(path); err == nil {
		return
	}
	if os.MkdirAll(filepath.Dir(path), 0o755) != nil {
		return
	}
	text := rapid.SampledFrom(foreignTexts).Draw(t, "text")
	target := filepath.Join(f.outside, strings.ReplaceAll(name, "/", "-"))
	switch rapid.SampledFrom([]string{"file", "file", "file", "read-only", "directory", "full directory", "link",
		"link to directory", "dangling link", "loop", "FIFO"}).Draw(t, "kind") {
	case "file":
		_ = os.WriteFile(path, []byte(text), 0o644)
	case "read-only":
		_ = os.WriteFile(path, []byte(text), 0o444)
	case "directory":
		_ = os.Mkdir(path, 0o755)
	case "full directory":
		_ = os.Mkdir(path, 0o755)
		_ = os.WriteFile(filepath.Join(path, "kept.txt"), []byte(text), 0o644)
	case "link":
		_ = os.WriteFile(target, []byte(text), 0o644)
		_ = os.Symlink(target, path)
	case "link to directory":
		_ = os.MkdirAll(target, 0o755)
		_ = os.WriteFile(filepath.Join(target, "kept.txt"), []byte(text), 0o644)
		_ = os.Symlink(target, path)
	case "dangling link":
		_ = os.Symlink(filepath.Join(f.outside, "nowhere"), path)
	case "loop":
		_ = os.Symlink(path, path)
	case "FIFO":
		_ = syscall.Mkfifo(path, 0o644)
	}
	f.roots = append(f.roots, path)
}

// state is the content, mode, number and link of each file that is somebody's.
func (f *foreigner) state() map[string]string {
	all := map[string]string{}
	for _, root := range append(f.roots, f.outside) {
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			info, statErr := os.Lstat(path)
			if err != nil || statErr != nil {
				all[path] = "gone"
				return nil
			}
			text := info.Mode().String()
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				text += fmt.Sprint(" ", st.Ino)
			}
			switch {
			case info.Mode().IsRegular():
				data, _ := os.ReadFile(path)
				sum := sha256.Sum256(data)
				text += " " + hex.EncodeToString(sum[:8])
			case info.Mode()&os.ModeSymlink != 0:
				to, _ := os.Readlink(path)
				text += " → " + to
			}
			all[path] = text
			return nil
		})
	}
	return all
}

// changed lists what isn't as it was. What was added in somebody's directory is no change of it.
func (f *foreigner) changed() (list []string) {
	now := f.state()
	for _, path := range slices.Sorted(maps.Keys(f.was)) {
		if now[path] != f.was[path] {
			list = append(list, fmt.Sprintf("%s: %s became %s", path, f.was[path], now[path]))
		}
	}
	if entries, err := os.ReadDir(f.outside); err == nil {
		for _, e := range entries {
			if path := filepath.Join(f.outside, e.Name()); f.was[path] == "" {
				list = append(list, path+" appeared")
			}
		}
	}
	return list
}

// templates are what amgen made before somebody came: a run on points and one on images, shards, and a file of weights.
type templates struct{ dir, points, images, pictures, shards, weights string }

func makeTemplates(t *testing.T) templates {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	m := templates{dir: dir, points: at("points"), shards: at("shards"), weights: at("w.safetensors")}
	mustRun(t, exitDone, "train", "--dataset", "moons", "--preset", "mlp", "--steps", "2", "--batch", "8",
		"--sample-every", "1", "--checkpoint-every", "1", "--out", m.points)
	m.pictures, m.images = discRun(t, dir)
	mustRun(t, exitDone, "sample", "--run", m.images, "-n", "2", "--batch", "1", "--solver", "euler", "--steps", "1",
		"--shard", "0/1", "-o", m.shards)
	mustRun(t, exitDone, "weights", "export", "--run", m.points, "-o", m.weights)
	return m
}

// foreignCommand is a command that writes into a directory.
type foreignCommand struct {
	name string
	from func(m templates) string // copied to the directory first, "" for an empty one
	args func(m templates, dir string) []string
	// own are the names that the user gives the command to replace.
	own []string
}

// Those of train depend on what a run directory's claim, lock and --overwrite keep.
var foreignCommands = []foreignCommand{
	{"train", nil, trainInto(), nil},
	{"train --overwrite", nil, trainInto("--overwrite"), nil},
	{"train --resume", nil, trainInto("--resume"), nil},
	{"train in a run", pointsRun, trainInto(), nil},
	{"train --overwrite in a run", pointsRun, trainInto("--overwrite"), nil},
	{"train --resume in a run", pointsRun, func(_ templates, dir string) []string {
		return []string{"train", "--resume", "--steps", "4", "--keep-checkpoints", "1", "--out", dir}
	}, nil},
	{"sample .csv", nil, sampleInto("a.csv"), []string{"a.csv"}},
	{"sample .png", nil, sampleInto("a.png"), []string{"a.png"}},
	{"sample .npz", nil, sampleInto("a.npz"), nil},
	{"sample .npy", nil, sampleInto("a.npy"), nil},
	{"sample .gif", nil, sampleInto("a.gif", "--times", "0,1"), nil},
	{"sample DIR/", nil, drawInto(), nil},
	{"sample DIR/ again", func(m templates) string { return "own pictures" }, drawInto(), nil},
	{"sample --shard", nil, drawInto("--batch", "1", "--shard", "0/1"), nil},
	{"sample --shard again", func(m templates) string { return m.shards }, drawInto("--batch", "1", "--shard", "0/1"),
		nil},
	{"sample merge", nil, func(m templates, dir string) []string {
		return []string{"sample", "merge", m.shards, "-o",
			dir + "/"}
	}, nil},
	{"eval points", pointsRun, func(_ templates, dir string) []string {
		return []string{"eval", "points", "--run", dir, "-n", "2", "--solver", "euler", "--steps", "1"}
	}, nil},
	{"eval fid --store", nil, func(m templates, dir string) []string {
		return []string{"eval", "w2", "--samples", m.pictures, "--reference", m.pictures, "--features", "pixels",
			"--shard", "0/1", "--store", dir}
	}, nil},
	{"weights export", pointsRun, func(_ templates, dir string) []string {
		return []string{"weights", "export", "--run", dir, "-o", filepath.Join(dir, "x.safetensors")}
	}, []string{"x.safetensors"}},
	{"weights import", nil, func(m templates, dir string) []string {
		return []string{"weights", "import", m.weights, "--out", dir}
	}, nil},
	{"data fetch", nil, func(_ templates, dir string) []string {
		return []string{"data", "fetch", "mnist",
			"--offline"}
	}, nil},
}

func pointsRun(m templates) string { return m.points }

func trainInto(more ...string) func(templates, string) []string {
	return func(_ templates, dir string) []string {
		return append([]string{"train", "--dataset", "moons", "--preset", "mlp", "--steps", "2", "--batch", "8",
			"--sample-every", "1", "--checkpoint-every", "1",
			"--out", dir}, more...)
	}
}

func sampleInto(name string, more ...string) func(templates, string) []string {
	return func(m templates, dir string) []string {
		return append([]string{"sample", "--run", m.points, "-n", "3", "--solver", "euler", "--steps", "1", "-o",
			filepath.Join(dir, name)}, more...)
	}
}

func drawInto(more ...string) func(templates, string) []string {
	return func(m templates, dir string) []string {
		return append([]string{"sample", "--run", m.images, "-n", "2", "--solver", "euler", "--steps", "1", "-o",
			dir + "/"}, more...)
	}
}

// TestForeignFiles gives each command that writes or deletes a directory in which somebody has files, of names that are
// like amgen's own or the same, links and FIFOs. Whatever its exit code, none of them may change.
func TestForeignFiles(t *testing.T) {
	m := makeTemplates(t)
	t.Setenv("AMGEN_OFFLINE", "1")
	pictures := filepath.Join(m.dir, "own pictures")
	mustRun(t, exitDone, drawInto()(m, pictures)...)
	made := 0
	for _, c := range foreignCommands {
		t.Run(strings.ReplaceAll(c.name, "/", ""), func(t *testing.T) {
			checks := flag.Lookup("rapid.checks")
			was := checks.Value.String()
			t.Cleanup(func() { _ = checks.Value.Set(was) })
			if err := checks.Value.Set(fmt.Sprint(*foreignCases)); err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(rt *rapid.T) {
				made++
				base := filepath.Join(m.dir, fmt.Sprint(made))
				defer os.RemoveAll(base)
				dir, f := filepath.Join(base, "dir"), &foreigner{outside: filepath.Join(base, "outside")}
				if err := errorsOf(os.MkdirAll(dir, 0o755), os.MkdirAll(f.outside, 0o755)); err != nil {
					rt.Fatal(err)
				}
				if c.from != nil {
					from := c.from(m)
					if !filepath.IsAbs(from) {
						from = filepath.Join(m.dir, from)
					}
					if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
						rt.Fatal(err)
					}
				}
				t.Setenv("AMGEN_CACHE", filepath.Join(base, "cache"))
				if strings.HasPrefix(c.name, "data") {
					t.Setenv("AMGEN_CACHE", dir)
				}
				for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(foreignNames), 1, 4,
					rapid.ID[string]).Draw(rt, "names") {
					if !slices.Contains(c.own, name) {
						f.plant(rt, dir, name)
					}
				}
				f.was = f.state()
				code, log := runWithin(rt, 20*time.Second, c.args(m, dir)...)
				if list := f.changed(); len(list) > 0 {
					rt.Fatalf("amgen %s: exit code %d: %s\n%s", c.name, code, strings.Join(list, "\n"), log)
				}
			})
		})
	}
}

func errorsOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// runWithin runs the command in this process, and fails where it doesn't end.
func runWithin(t *rapid.T, limit time.Duration, args ...string) (code int, log string) {
	var stderr bytes.Buffer
	done := make(chan int, 1)
	go func() { done <- execute(t.Context(), args, term.Streams{Out: io.Discard, Err: &stderr}) }()
	select {
	case code = <-done:
		return code, stderr.String()
	case <-time.After(limit):
		t.Fatalf("amgen %q hasn't ended after %s", args, limit)
		return 0, ""
	}
}
