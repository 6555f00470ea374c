package models

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// changed is a model's file with other metadata.
func changed(t testing.TB, text []byte, change func(file *weights.File)) []byte {
	t.Helper()
	file, err := weights.Read(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	change(&file)
	var b bytes.Buffer
	if _, err := file.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// small is the file of a small run.
func small(t testing.TB) []byte {
	t.Helper()
	dir := run.Dir(smallrun.Train(t, func(c *run.Config) { c.Hidden = []int{4} }))
	p, err := dir.Pretrained(run.Latest, false, run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := Pack(p, Provenance{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := file.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileMetadata: files whose hash agrees, and which aren't models, or of what no file chooses.
func TestHostileMetadata(t *testing.T) {
	text := small(t)
	images, err := run.Preset("folder:/pictures", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	toml := func(change func(c *run.Config)) string {
		c := images
		change(&c)
		text, err := c.TOML()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, test := range map[string]struct {
		key, value, words string
	}{
		"no configuration": {ConfigKey, "", "no model of amgen"},
		"no TOML":          {ConfigKey, "dataset = ", "configuration"},
		"an unknown key":   {ConfigKey, "datasets = 'moons'", "unknown key"},
		"no dataset":       {ConfigKey, "steps = 3", "unknown preset"},
		"snapshots":        {ConfigKey, "dataset = 'snapshots:/etc/passwd'", "no file chooses"},
		"images to restore": {ConfigKey, toml(func(c *run.Config) { c.Path = "inpaint" }),
			"no file chooses"},
		"classes without names": {ConfigKey, toml(func(c *run.Config) { c.Classes = true }), "classes without names"},
		"a huge text":           {ArchitectureKey, strings.Repeat("x", 1<<17), "beyond the 65536"},
		"no step":               {StepKey, "", "no number of steps"},
		"a negative step":       {StepKey, "-1", "no number of steps"},
		"a broken provenance":   {ProvenanceKey, "{", "provenance"},
	} {
		edited := changed(t, text, func(f *weights.File) { f.Metadata[test.key] = test.value })
		if _, err := read("x", edited); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileParameters: parameters that aren't those of the configuration's network are refused when it is opened.
func TestHostileParameters(t *testing.T) {
	text := small(t)
	for name, change := range map[string]func(f *weights.File){
		"another architecture": func(f *weights.File) { f.Metadata[ArchitectureKey] = `{"Hidden":[5]}` },
		"no architecture":      func(f *weights.File) { delete(f.Metadata, ArchitectureKey) },
		"a tensor less":        func(f *weights.File) { f.Tensors = f.Tensors[1:] },
		"a tensor more": func(f *weights.File) {
			f.Tensors = append(f.Tensors, weights.Tensor{Name: "/mlp/x", DType: dtypes.Float16, Shape: []int{1},
				Data: []byte{0, 0}})
		},
		"an infinite number": func(f *weights.File) { copy(f.Tensors[0].Data, []byte{0, 0x7c}) },
	} {
		m, err := read("x", changed(t, text, change))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r, err := m.Open(t.Context(), run.Options{}); err == nil {
			r.Close()
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
	integers := changed(t, text, func(f *weights.File) { f.Tensors[0].DType = dtypes.Int16 })
	if _, err := read("x", integers); err == nil {
		t.Error("integers were read as parameters")
	}
}

// TestTooLarge: a number that float16 doesn't have is refused.
func TestTooLarge(t *testing.T) {
	dir := run.Dir(smallrun.Train(t, func(c *run.Config) { c.Hidden = []int{4} }))
	p, err := dir.Pretrained(run.Latest, false, run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Checkpoint.EMA[0].Data, []byte{0, 0, 0x80, 0x47}) // 65536
	if _, err := Pack(p, Provenance{}); err == nil || !strings.Contains(err.Error(), "beyond the largest") {
		t.Errorf("65536 in float16: %v", err)
	}
	if _, err := File(p, Averaged, dtypes.Float32); err != nil {
		t.Error(err)
	}
}

// FuzzModel: no file makes the reader panic, and what it opens is a network that can be drawn from.
func FuzzModel(f *testing.F) {
	text := small(f)
	file, err := weights.Read(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.Metadata[ConfigKey], file.Metadata[ArchitectureKey], file.Metadata[StepKey], "", "")
	f.Add("dataset = 'mnist'\nclasses = true\nclass_names = ['a']", "{}", "1", `{"names":["a"],"counts":[1]}`, "{}")
	f.Fuzz(func(t *testing.T, config, architecture, step, classes, from string) {
		var b bytes.Buffer
		edited := weights.File{Tensors: file.Tensors, Metadata: map[string]string{ConfigKey: config,
			ArchitectureKey: architecture, StepKey: step, ClassesKey: classes, ProvenanceKey: from}}
		if _, err := edited.WriteTo(&b); err != nil {
			return
		}
		m, err := read("x", b.Bytes())
		if err != nil || m.Config.Dataset != "moons" {
			return
		}
		if r, err := m.Open(t.Context(), run.Options{}); err == nil {
			r.Close()
		}
	})
}
