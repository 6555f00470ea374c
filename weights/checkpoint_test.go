package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sampleState(step int64) State {
	score := 1 / float64(step+1)
	list, _ := sorted(sampleFile().Tensors)
	list[0].Data = []byte{byte(step), byte(step >> 8), byte(step >> 16), 0, 0, 0, 0, 0} // /global_step
	return State{
		Meta: Meta{
			Architecture: json.RawMessage(`{"nf":16}`), Preset: "tiny", Step: step, Position: 2 * step,
			Score: &score, Parent: "abc", Extra: map[string]json.RawMessage{"seed": json.RawMessage(`7`)},
		},
		Tensors: list,
		EMA:     list[2:],
	}
}

func mustSave(t *testing.T, dir string, s State) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	path, _, err := Save(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckpointRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "checkpoints")
	want := sampleState(300)
	if _, _, err := Save(dir, want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the folder of the run: error %v, want ErrNotExist", err)
	}
	if err := os.Mkdir(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	path, hash, err := Save(dir, want)
	if err != nil {
		t.Fatal(err)
	}
	if base := filepath.Base(path); base != "step-000300" {
		t.Errorf("saved as %s, want step-000300", base)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.State); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Hash != hash || got.Path != path {
		t.Errorf("hash and path are %s, %s; want %s, %s", got.Hash, got.Path, hash, path)
	}
	ema, err := LoadEMA(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(State{Meta: want.Meta, EMA: want.EMA}, ema.State); diff != "" {
		t.Errorf("EMA alone (-want +got):\n%s", diff)
	}
	// The averaged weights are a file that can be shipped alone, with the configuration in it.
	alone, err := ReadFile(filepath.Join(path, "ema.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if alone.Metadata["architecture"] != `{"nf":16}` || alone.Metadata["preset"] != "tiny" {
		t.Errorf("metadata %v lack the configuration", alone.Metadata)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("folder holds %v (%v), want the checkpoint alone", entries, err)
	}
}

// TestSaveIsDeterministic: one state gives one set of bytes, so hashes of two runs can be compared.
func TestSaveIsDeterministic(t *testing.T) {
	_, a, err := Save(t.TempDir(), sampleState(5))
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := Save(t.TempDir(), sampleState(5))
	if err != nil {
		t.Fatal(err)
	}
	_, c, err := Save(t.TempDir(), sampleState(6))
	if err != nil {
		t.Fatal(err)
	}
	if a != b || a == c {
		t.Errorf("hashes %s, %s of one state and %s of another", a, b, c)
	}
}

func TestNoEMA(t *testing.T) {
	s := sampleState(1)
	s.EMA = nil
	path := mustSave(t, t.TempDir(), s)
	if _, err := LoadEMA(path); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("error %v, want ErrNoCheckpoint", err)
	}
	if c, err := Load(path); err != nil || c.EMA != nil {
		t.Errorf("got EMA %v, error %v", c.EMA, err)
	}
}

func TestScoreThatIsNoNumber(t *testing.T) {
	s := sampleState(1)
	nan := math.NaN()
	s.Score = &nan
	c, err := Load(mustSave(t, t.TempDir(), s))
	if err != nil || c.Score != nil {
		t.Errorf("score %v, error %v; want none of both", c.Score, err)
	}
}

// TestEveryDamage flips one bit in each byte of each file of a checkpoint, cuts each file at each
// length, and removes each: loading is an error or gives an identical result.
func TestEveryDamage(t *testing.T) {
	path := mustSave(t, t.TempDir(), sampleState(3))
	want, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	noticed, tried := 0, 0
	for _, name := range []string{stateFile, emaFile, manifestFile} {
		file := filepath.Join(path, name)
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		try := func(what string, data []byte) {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			tried++
			got, err := Load(path)
			if err != nil {
				noticed++
				if !errors.Is(err, ErrCorrupt) {
					t.Fatalf("%s of %s: error %v, want ErrCorrupt", what, name, err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s of %s is loaded without an error, but differs:\n%s", what, name, diff)
			}
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			try(fmt.Sprintf("bit %d of byte %d", i%8, i), bad)
			try(fmt.Sprintf("truncation at %d", i), good[:i])
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); !errors.Is(err, ErrCorrupt) {
			t.Errorf("without %s: error %v, want ErrCorrupt", name, err)
		}
		if err := os.Mkdir(file, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with a folder for %s: error %v, want ErrCorrupt", name, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		try("nothing", good)
	}
	if noticed < tried*95/100 {
		t.Errorf("noticed %d of %d damages", noticed, tried)
	}
}

// TestManifestOfAStranger: the manifest's own claims about names and sizes are never followed.
func TestManifestOfAStranger(t *testing.T) {
	path := mustSave(t, t.TempDir(), sampleState(3))
	rewrite := func(change func(*Manifest)) error {
		m, _, err := readManifest(filepath.Join(path, manifestFile))
		if err != nil {
			return err
		}
		change(&m)
		text, _, err := m.encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(path, manifestFile), text, 0o644); err != nil {
			return err
		}
		_, err = Load(path)
		return err
	}
	if err := rewrite(func(m *Manifest) { m.Files["../../etc/passwd"] = FileRecord{} }); err != nil {
		t.Errorf("a foreign name was followed: %v", err)
	}
	if err := rewrite(func(m *Manifest) { m.Files[emaFile] = FileRecord{Bytes: 1 << 60} }); !errors.Is(err, ErrCorrupt) {
		t.Errorf("size 2^60: error %v, want ErrCorrupt", err)
	}
	if err := rewrite(func(m *Manifest) { m.Version = 99 }); err == nil || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("version 99: error %v, want one that names it and isn't ErrCorrupt", err)
	}
}

// What cannot be read, or is of a later amgen, is no damage that an older checkpoint makes good.
func TestOutOfReach(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, sampleState(1))
	mustSave(t, dir, sampleState(2))
	for _, broken := range []error{syscall.EIO, syscall.ESTALE, syscall.EMFILE, fs.ErrPermission} {
		_, _, err := latest(dir, func(path string) (*Checkpoint, error) {
			return nil, unread(path, &fs.PathError{Op: "read", Path: path, Err: broken})
		})
		if !errors.Is(err, broken) || errors.Is(err, ErrCorrupt) {
			t.Errorf("%v: latest gives %v", broken, err)
		}
		var file bytes.Buffer
		if _, err := sampleFile().WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		size := int64(file.Len())
		for _, n := range []int64{4, 20, size - 3} {
			r := io.MultiReader(bytes.NewReader(file.Bytes()[:n]), iotest.ErrReader(broken))
			if _, err := Read(r, size); !errors.Is(err, broken) || errors.Is(err, ErrCorrupt) {
				t.Errorf("%v after %d bytes: Read gives %v", broken, n, err)
			}
		}
	}
	for _, damage := range []error{syscall.ENOENT, syscall.EISDIR, io.ErrUnexpectedEOF} {
		if err := unread("x", damage); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%v is %v, want ErrCorrupt", damage, err)
		}
	}
}

func TestLatestFallsBack(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Latest(dir); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("empty folder: error %v, want ErrNoCheckpoint", err)
	}
	if _, _, err := Latest(filepath.Join(dir, "none")); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("no folder: error %v, want ErrNoCheckpoint", err)
	}
	for _, step := range []int64{10, 1000000, 200} { // seven digits sort after six
		mustSave(t, dir, sampleState(step))
	}
	// What a crash may leave: an unfinished folder, and a file where a checkpoint should be.
	if err := os.MkdirAll(filepath.Join(dir, tempPrefix+"123"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "step-000300"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	expect := func(step int64, skips int) {
		t.Helper()
		c, skipped, err := Latest(dir)
		if err != nil {
			t.Fatal(err)
		}
		if c.Step != step || len(skipped) != skips {
			t.Errorf("got step %d after skipping %v; want step %d after %d", c.Step, skipped, step, skips)
		}
	}
	expect(1000000, 0)
	damage := func(step int64, name string) {
		t.Helper()
		if err := os.Truncate(filepath.Join(dir, stepName(step), name), 100); err != nil {
			t.Fatal(err)
		}
	}
	damage(1000000, stateFile)
	expect(200, 1) // step-000300 is a file, and no checkpoint
	if c, _, err := LatestEMA(dir); err != nil || c.Step != 1000000 {
		t.Errorf("EMA alone: got %v, %v; its own file is still intact", c, err)
	}
	damage(200, manifestFile)
	expect(10, 2)
	if err := os.Rename(filepath.Join(dir, stepName(10)), filepath.Join(dir, stepName(11))); err != nil {
		t.Fatal(err)
	}
	if _, skipped, err := Latest(dir); !errors.Is(err, ErrCorrupt) || len(skipped) != 3 {
		t.Errorf("none intact: error %v after %v; want ErrCorrupt after 3", err, skipped)
	}
}

func TestSaveReplacesTheSameStep(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, sampleState(5))
	second := sampleState(5)
	second.Preset = "other"
	mustSave(t, dir, second)
	c, _, err := Latest(dir)
	if err != nil || c.Preset != "other" {
		t.Errorf("got preset %q, error %v; want the second", c.Preset, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

// TestSaveThatCannotReplace: where the new checkpoint of a step can't take the place of the old one, the old one stays.
func TestSaveThatCannotReplace(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, sampleState(5))
	defer func(was func(string, string) error) { rename = was }(rename)
	rename = func(string, string) error { return syscall.EIO }
	second := sampleState(5)
	second.Preset = "other"
	if _, _, err := Save(dir, second); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want EIO", err)
	}
	c, skipped, err := Latest(dir)
	if err != nil || c.Preset != "tiny" || len(skipped) > 0 {
		t.Errorf("got %+v after %v (%v); want the first", c, skipped, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

func TestSaveRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Save(filepath.Join(file, "checkpoints"), sampleState(1)); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a file for a folder: error %v, want one line", err)
	}
	if os.Getuid() != 0 { // root may write anywhere
		locked := filepath.Join(dir, "locked")
		if err := os.Mkdir(locked, 0o555); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Save(locked, sampleState(1)); !errors.Is(err, os.ErrPermission) {
			t.Errorf("read-only folder: error %v", err)
		}
	}
	bad := sampleState(2)
	bad.Tensors = []Tensor{{"a", dtypes.Float32, []int{1}, nil}}
	good := filepath.Join(dir, "checkpoints")
	mustSave(t, good, sampleState(1))
	if _, _, err := Save(good, bad); err == nil {
		t.Error("a tensor without data was saved")
	}
	for _, step := range []int64{-1, maxStep + 1, math.MaxInt64} { // a reader wouldn't find them
		if _, _, err := Save(good, State{Meta: Meta{Step: step}}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("step %d: error %v, want one line", step, err)
		}
	}
	if _, _, err := Save(good, State{Meta: Meta{Architecture: json.RawMessage("{")}}); err == nil {
		t.Error("an architecture that is no JSON was saved")
	}
	if entries, _ := os.ReadDir(good); len(entries) != 1 {
		t.Errorf("failures left %v", entries)
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	scores := map[int64]float64{10: 5, 20: 1, 30: 4, 40: 3, 50: 6, 60: 7}
	for step, score := range scores {
		s := sampleState(step)
		s.Score = &score
		mustSave(t, dir, s)
	}
	if err := os.Mkdir(filepath.Join(dir, tempPrefix+"4711"), 0o755); err != nil {
		t.Fatal(err)
	}
	removed, err := Prune(dir, Keep{Last: 2, Best: 1, Every: 30})
	if err != nil {
		t.Fatal(err)
	}
	if len(removed) != 2 {
		t.Errorf("removed %v, want steps 40 and 10", removed)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{"step-000020", "step-000030", "step-000050", "step-000060"} // best, every 30, last two
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if _, err := Prune(dir, Keep{}); err != nil {
		t.Fatal(err)
	}
	if list, _ := List(dir); len(list) != 1 || list[0].Step != 60 {
		t.Errorf("keeping nothing left %v, want the latest", list)
	}
}

// A checkpoint is found by its score or its step; a damaged best one gives way to the next, a damaged step to none.
func TestBestAndAt(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Best(dir, Load); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("best of none: %v", err)
	}
	without := sampleState(5)
	without.Score = nil
	mustSave(t, dir, without)
	if _, _, err := Best(dir, Load); err == nil || !strings.Contains(err.Error(), "none with a score") {
		t.Errorf("best of one without a score: %v", err)
	}
	for step, score := range map[int64]float64{10: 5, 20: 1, 30: 1, 40: 3} {
		s := sampleState(step)
		s.Score = &score
		mustSave(t, dir, s)
	}
	for _, want := range []int64{30, 20, 40} { // of equal ones the latest
		c, skipped, err := Best(dir, LoadEMA)
		if err != nil || c.Step != want {
			t.Fatalf("best: %v, error %v; want step %d", c, err, want)
		}
		if at, err := At(dir, want, Load); err != nil || at.Step != want || at.Hash != c.Hash {
			t.Errorf("step %d: %v, error %v", want, at, err)
		}
		if err := os.Truncate(filepath.Join(c.Path, emaFile), 9); err != nil {
			t.Fatal(err)
		}
		if _, err := At(dir, want, Load); !errors.Is(err, ErrCorrupt) {
			t.Errorf("step %d, damaged: %v", want, err)
		}
		if n := map[int64]int{30: 0, 20: 1, 40: 2}[want]; len(skipped) != n {
			t.Errorf("skipped %v, want %d", skipped, n)
		}
	}
	if _, err := At(dir, 7, Load); !errors.Is(err, ErrNoCheckpoint) || !strings.Contains(err.Error(), "there are 5, 10, 20, 30, 40") {
		t.Errorf("a step that isn't there: %v", err)
	}
}

// Between listing and reading, who trains may write a checkpoint and prune the one before.
func TestReadWhilePruned(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	mustSave(t, dir, sampleState(1))
	step := int64(1)
	overtaken := func(path string) (*Checkpoint, error) {
		if step++; step < 5 {
			mustSave(t, dir, sampleState(step))
			if _, err := Prune(dir, Keep{Last: 1}); err != nil {
				t.Fatal(err)
			}
		}
		return Load(path)
	}
	c, skipped, err := latest(dir, overtaken)
	if err != nil || c.Step != 4 || len(skipped) > 0 {
		t.Errorf("latest: got %v, skipped %v, %v; want step 4, none skipped", c, skipped, err)
	}
	step = 4 // of the best, that of step 5 has the smaller score
	c, skipped, err = Best(dir, func(path string) (*Checkpoint, error) {
		if step++; step == 5 {
			mustSave(t, dir, sampleState(step))
			if _, err := Prune(dir, Keep{Last: 1}); err != nil {
				t.Fatal(err)
			}
		}
		return Load(path)
	})
	if err != nil || c.Step != 5 || len(skipped) > 0 {
		t.Errorf("best: got %v, skipped %v, %v; want step 5, none skipped", c, skipped, err)
	}
	_, err = At(dir, 5, func(path string) (*Checkpoint, error) { return nil, errors.Join(os.RemoveAll(path), ErrCorrupt) })
	if !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("a step that goes meanwhile: got %v, want %v", err, ErrNoCheckpoint)
	}
}

// TestKilledWhileSaving kills a child process at arbitrary moments of a loop of saves and prunes: the
// folder always has an intact latest checkpoint, and never an older one than the last known saved.
func TestKilledWhileSaving(t *testing.T) {
	if dir := os.Getenv("AMGEN_TEST_SAVE_LOOP"); dir != "" {
		for step := int64(1); ; step++ {
			s := sampleState(step)
			s.Tensors = append(s.Tensors, Tensor{"/big", dtypes.Uint8, []int{1 << 16}, make([]byte, 1<<16)})
			if _, _, err := Save(dir, s); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println(step) // the parent reads which are safe
			if _, err := Prune(dir, Keep{Last: 2}); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	}
	for round := range 12 {
		dir := t.TempDir()
		child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSaving$")
		child.Env = append(os.Environ(), "AMGEN_TEST_SAVE_LOOP="+dir)
		var out bytes.Buffer
		child.Stdout = &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(time.Minute)
		for { // until one checkpoint is there; then at some other moment in each round
			if list, _ := List(dir); len(list) > 0 {
				break
			}
			if time.Now().After(deadline) {
				_ = child.Process.Kill()
				t.Fatal("the child has saved nothing in a minute")
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(round) * 3700 * time.Microsecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		var known int64
		for line := range strings.Lines(out.String()) {
			if _, err := fmt.Sscan(line, &known); err != nil {
				t.Fatalf("the child says %q", line)
			}
		}
		c, skipped, err := Latest(dir)
		if err != nil || len(skipped) > 0 {
			t.Fatalf("round %d: error %v, skipped %v", round, err, skipped)
		}
		if c.Step < known {
			t.Errorf("round %d: latest is step %d, but %d had been saved", round, c.Step, known)
		}
	}
}

// FuzzManifest: what is accepted carries its own hash, and says the same when written again.
func FuzzManifest(f *testing.F) {
	score := 0.5
	text, _, err := Manifest{Version: FormatVersion, Meta: Meta{Step: 7, Score: &score, Extra: map[string]json.RawMessage{"a": []byte("[1]")}},
		Files: map[string]FileRecord{stateFile: {Bytes: 8, Tensors: map[string]TensorRecord{"/a": {DType: "Float32", Shape: []int{2}}}}}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","manifest":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, _, err := parseManifest(text, "manifest.json")
		if err != nil {
			return
		}
		again, _, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := parseManifest(again, "manifest.json")
		if diff := cmp.Diff(m, back, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// TestTensorsHash: it is the same where the tensors are, whatever came before, and another where one differs.
func TestTensorsHash(t *testing.T) {
	hash := func(state State) string {
		t.Helper()
		path, _, err := Save(t.TempDir(), state)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := ReadManifest(path)
		if err != nil {
			t.Fatal(err)
		}
		return m.TensorsHash()
	}
	resumed := sampleState(5)
	resumed.Parent = strings.Repeat("a", 64)
	other := sampleState(5)
	other.Tensors[0].Name += "x"
	switch want := hash(sampleState(5)); {
	case len(want) != 64 || hash(resumed) != want:
		t.Errorf("a resumed run has %s, an uninterrupted one %s", hash(resumed), want)
	case hash(other) == want:
		t.Error("tensors of other names have the same hash")
	}
}
