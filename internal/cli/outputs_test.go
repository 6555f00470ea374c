package cli

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/amgen/amgen/internal/cli/term"
)

// TestOutputTargets writes each kind of output to each kind of place: a file that was named is replaced whole, links,
// FIFOs and devices stay what they are, and what is protected stays as it is.
func TestOutputTargets(t *testing.T) {
	m := makeTemplates(t)
	at := func(name string) string { return filepath.Join(m.dir, name) }
	mustRun(t, exitDone, "sample", "--run", m.points, "-n", "4", "--solver", "euler", "--steps", "1", "--times", "0,1",
		"--shard", "0/1", "-o", at("cells"))
	draw := []string{"sample", "--run", m.points, "-n", "4", "--solver", "euler", "--steps", "1"}
	for name, args := range map[string][]string{
		"a.png": draw, "a.npz": draw, "a.npy": draw, "a.csv": draw,
		"m.npz": {"sample", "merge", at("cells")}, "m.csv": {"sample", "merge", at("cells")},
		"m.png":         {"sample", "merge", m.shards},
		"w.safetensors": {"weights", "export", "--run", m.points},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, other := filepath.Join(dir, name), filepath.Join(dir, "other")
			write := func() (int, string) {
				var log bytes.Buffer
				code := execute(t.Context(), append(args[:len(args):len(args)], "-o", path),
					term.Streams{Out: io.Discard, Err: &log})
				return code, log.String()
			}
			try := func(want int) {
				t.Helper()
				if code, log := write(); code != want {
					t.Errorf("exit code %d, want %d: %s", code, want, log)
				}
			}
			try(exitDone)
			whole := mustRead(t, path)
			is := func(file string, want []byte) {
				t.Helper()
				if got := mustRead(t, file); !bytes.Equal(got, want) {
					t.Errorf("%s has %d bytes, want %d others", filepath.Base(file), len(got), len(want))
				}
			}
			fresh := func(file string, mode os.FileMode) {
				t.Helper()
				os.RemoveAll(path)
				if err := os.WriteFile(file, []byte("mine"), mode); err != nil {
					t.Fatal(err)
				}
			}

			fresh(path, 0o644) // named, and so replaced: a name that was linked to it keeps what it was
			if err := os.Link(path, filepath.Join(dir, "second")); err != nil {
				t.Fatal(err)
			}
			try(exitDone)
			is(path, whole)
			is(filepath.Join(dir, "second"), []byte("mine"))

			fresh(path, 0o444)
			try(exitUsage)
			is(path, []byte("mine"))

			fresh(other, 0o644)
			if err := os.Symlink(other, path); err != nil {
				t.Fatal(err)
			}
			try(exitDone)
			is(other, whole)
			if to, err := os.Readlink(path); err != nil || to != other {
				t.Errorf("the link leads to %s, %v", to, err)
			}

			os.Remove(path)
			if err := errorsOf(os.Remove(other), os.Symlink(other, path)); err != nil { // dangling
				t.Fatal(err)
			}
			try(exitDone)
			is(other, whole)

			os.Remove(path)
			if err := os.Symlink(path, path); err != nil {
				t.Fatal(err)
			}
			if code, log := write(); code == exitDone {
				t.Errorf("a link to itself: %s", log)
			}

			os.Remove(path)
			if err := os.Symlink("/dev/full", path); err != nil {
				t.Fatal(err)
			}
			if code, log := write(); code != exitFailed || !strings.Contains(log, "no space left") {
				t.Errorf("/dev/full: exit code %d, %s", code, log)
			}

			os.Remove(path)
			if err := syscall.Mkfifo(path, 0o644); err != nil {
				t.Skip(err)
			}
			read := make(chan []byte, 1)
			go func() {
				f, err := os.Open(path)
				if err != nil {
					read <- nil
					return
				}
				defer f.Close()
				data, _ := io.ReadAll(f)
				read <- data
			}()
			try(exitDone)
			if data := <-read; !bytes.Equal(data, whole) {
				t.Errorf("%d bytes through a FIFO, want %d", len(data), len(whole))
			}
			if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
				t.Errorf("the FIFO became %v, %v", info, err)
			}

			os.Remove(path)
			if err := os.MkdirAll(filepath.Join(path, "kept"), 0o755); err != nil {
				t.Fatal(err)
			}
			if name != "m.png" { // a directory for pictures, one a file
				try(exitUsage)
			}
			if list, err := os.ReadDir(path); err != nil || name != "m.png" && len(list) != 1 {
				t.Errorf("the directory holds %v, %v", list, err)
			}
		})
	}
}

// TestPictureFolder: pictures of two drawings never mix, and what is somebody's stays.
func TestPictureFolder(t *testing.T) {
	dir := t.TempDir()
	_, out := discRun(t, dir)
	into := filepath.Join(dir, "d")
	draw := func(want int, n int, more ...string) string {
		t.Helper()
		return mustRun(t, want, append([]string{"sample", "--run", out, "-n", fmt.Sprint(n), "--solver", "euler",
			"--steps", "1", "-o", into + "/"}, more...)...)
	}
	draw(exitDone, 4)
	first := mustRead(t, into, "000003.png")
	if img, err := png.Decode(bytes.NewReader(first)); err != nil || img.Bounds().Dx() != 28 {
		t.Errorf("a picture with amgen's mark: %v", err)
	}
	if text := draw(exitUsage, 3, "--seed", "9"); !strings.Contains(text, "holds 000003.png, which isn't one of these "+
		"3 pictures") {
		t.Errorf("fewer pictures into the same: %s", text)
	}
	draw(exitDone, 4, "--seed", "9") // all are replaced
	if bytes.Equal(mustRead(t, into, "000003.png"), first) {
		t.Error("another seed drew the same")
	}
	draw(exitDone, 5, "--seed", "9") // more of them
	if entries, err := os.ReadDir(into); err != nil || len(entries) != 5 {
		t.Errorf("the directory has %v, %v; want 5 pictures", entries, err)
	}

	// Left by a kill: gone with the next drawing. Somebody's of the same name: not.
	left, mine := filepath.Join(into, ".amgen-unfinished-1"), filepath.Join(into, ".amgen-unfinished-2")
	for name, text := range map[string][]byte{filepath.Join(left, "000000.png"): first,
		filepath.Join(left, ".000001.png123"): []byte("half"),
		filepath.Join(mine, "000000.png"):     []byte("mine"), filepath.Join(into, "notes.txt"): nil} {
		if err := errorsOf(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	draw(exitDone, 5)
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("pictures of a process that was killed stay: %v", err)
	}
	mustRead(t, mine, "000000.png")
	for _, name := range []string{"holiday.JPG", "000002.PNG", "class/cat.webp", "000009.png"} {
		path := filepath.Join(into, name)
		if err := errorsOf(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte("mine"), 0o644)); err != nil {
			t.Fatal(err)
		}
		draw(exitUsage, 5)
		if text := mustRead(t, path); string(text) != "mine" {
			t.Errorf("%s became %q", name, text)
		}
		os.Remove(path)
	}
	foreign := filepath.Join(into, "000002.png")
	at := bytes.Index(first, []byte("tEXtSoftware\x00amgen sample")) // in a chunk: length before, checksum after it
	end := at + len("tEXtSoftware\x00amgen sample") + 4
	unmarked := slices.Concat(first[:at-4], first[end:]) // another program's, intact
	if err := os.WriteFile(foreign, unmarked, 0o644); err != nil {
		t.Fatal(err)
	}
	if text := draw(exitUsage, 5); !strings.Contains(text, "000002.png wasn't written by") ||
		!bytes.Equal(mustRead(t, foreign), unmarked) {
		t.Errorf("somebody's 000002.png: %s", text)
	}
}

// TestOutputEnding: a name that doesn't say what to write is refused, with the names that do.
func TestOutputEnding(t *testing.T) {
	if code, _, log := amgenHere("sample", "-o", "name"); code != exitUsage ||
		!strings.Contains(log, "-o name has no ending that says what to write; pass -o name.png for a picture, or "+
			"name/") {
		t.Errorf("exit code %d, %s", code, log)
	}
}

// TestTolerances: what float32 can't resolve is said before anything is computed.
func TestTolerances(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--preset", "mlp", "--steps", "1", "--batch", "8",
		"--sample-every", "0", "--out", out)
	for _, command := range [][]string{{"sample", "-o", filepath.Join(dir, "a.csv")}, {"eval", "points"}} {
		args := append(command, "--run", out, "-n", "2")
		for _, c := range []struct {
			flags string
			code  int
			text  string
		}{
			{"--rtol 1e-14 --atol 1e-14", exitUsage, "--rtol 1e-14 and --atol 1e-14 are out of reach of float32"},
			{"--rtol 1e-13 --atol 3e-13", exitUsage, "pass one of at least 1e-07"},
			{"--rtol 3e-8 --atol 1e-9", exitDone, "warning: --rtol 3e-08 and --atol 1e-09 are below what float32"},
			{"--rtol 1e-9", exitDone, ""}, // the other is 1e-5, and counts
			{"--rtol 1e-7 --atol 1e-7", exitDone, ""},
			{"--rtol -1 --atol -1", exitUsage, ""},
			{"--solver euler --steps 16777217", exitUsage, "--steps must be at most 16777216"},
		} {
			code, _, log := amgenHere(append(args, strings.Fields(c.flags)...)...)
			if code != c.code || !strings.Contains(log, c.text) || c.text == "" && strings.Contains(log, "float32") {
				t.Errorf("%s %s: exit code %d, %s; want %d, %q", command[0], c.flags, code, log, c.code, c.text)
			}
		}
	}
}

// TestResumeOtherWorkers: workers and memory change no bit, so a run may go on with others; what changes bits may not.
func TestResumeOtherWorkers(t *testing.T) {
	dir := t.TempDir()
	train := func(out, steps, backend string, more ...string) []string {
		return append([]string{"train", "--dataset", "moons", "--preset", "mlp", "--steps", steps, "--batch", "8",
			"--lr-decay", "constant", "--sample-every", "0", "--checkpoint-every", "2",
			"--backend", backend, "--out", filepath.Join(dir, out)}, more...)
	}
	mustRun(t, exitDone, train("once", "6", "simd")...)
	mustRun(t, exitDone, train("parts", "2", "simd:workers=3")...)
	mustRun(t, exitDone, "train", "--resume", "--steps", "4", "--backend", "simd:workers=1,memory=4GiB,profile=on",
		"--out", filepath.Join(dir, "parts"))
	mustRun(t, exitDone, "train", "--resume", "--steps", "6", "--backend", "auto", "--out", filepath.Join(dir, "parts"))
	state := filepath.Join("checkpoints", "step-000006", "state.safetensors")
	if !bytes.Equal(mustRead(t, dir, "once", state), mustRead(t, dir, "parts", state)) {
		t.Error("a run that went on with other workers has other bits")
	}
	if text := mustRun(t, exitUsage, "train", "--resume", "--steps", "8", "--backend", "simd:winograd=off", "--out",
		filepath.Join(dir, "parts")); !strings.Contains(text, "--backend is simd in") {
		t.Errorf("another rounding: %s", text)
	}
}
