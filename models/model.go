package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// Model is a trained network of a file. Its methods Find and Open are those of [run.Pretrained].
type Model struct {
	run.Pretrained
	Provenance Provenance
	SHA256     string // of the file, in hex
	Size       int64  // of the file, in bytes
}

// Params is the number of the network's parameters.
func (m *Model) Params() (n int) {
	for _, t := range m.Checkpoint.EMA {
		n += len(t.Data) / 4
	}
	return n
}

// ReadFile reads a model's file, such as `amgen models pack` and `amgen weights export` write. The file may be of
// anyone: nothing in it is executed or chooses what is opened. Errors wrap [weights.ErrCorrupt] for a damaged file.
func ReadFile(path string) (*Model, error) {
	file, err := weights.ReadFile(path)
	if err != nil {
		return nil, err
	}
	hash, err := fetch.HashFile(path)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return newModel("model "+path, path, file, hash, info.Size())
}

// read is ReadFile of bytes that the program has.
func read(name string, data []byte) (*Model, error) {
	file, err := weights.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return newModel("model "+name, name, file, hex.EncodeToString(sum[:]), int64(len(data)))
}

// newModel makes the model of a file's content. where names the file in errors.
func newModel(name, where string, file weights.File, hash string, size int64) (*Model, error) {
	m := &Model{Pretrained: run.Pretrained{Name: name}, SHA256: hash, Size: size}
	err := CheckMetadata(file.Metadata)
	if err == nil {
		m.Config, err = configOf(file.Metadata)
	}
	if err == nil {
		m.Checkpoint, err = checkpointOf(file)
	}
	if err == nil {
		m.Provenance, err = provenance(file.Metadata[ProvenanceKey])
	}
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", where, err)
	}
	m.Checkpoint.Path, m.Checkpoint.Hash = where, hash
	return m, nil
}

// configOf is the configuration in a file's metadata. A file has no say in what is opened, so one that can't be drawn
// from without is refused: of snapshots, whose cells are where samples begin, and of images of a folder to restore.
func configOf(metadata map[string]string) (cfg run.Config, err error) {
	if metadata[ConfigKey] == "" {
		return cfg, fmt.Errorf("it has no configuration, and so is no model of amgen; `amgen weights import` reads "+
			"other files of weights: %w", weights.ErrUnsupported)
	}
	if cfg, err = run.DecodeKept([]byte(metadata[ConfigKey])); err != nil {
		return cfg, fmt.Errorf("configuration: %w", err)
	}
	path, err := flows.PathByName(cfg.Path, flows.PathSettings{})
	_, folder := imaging.CutFolder(cfg.Dataset)
	_, restores := path.(flows.Conditional)
	switch {
	case science.HasSnapshots(cfg.Dataset), folder && err == nil && restores:
		return cfg, fmt.Errorf("its samples begin with data of %s, and no file chooses what is opened; `amgen weights "+
			"import` makes a run of it with data that you name: %w", cfg.Dataset, weights.ErrUnsupported)
	case cfg.Classes && cfg.ClassNames == nil:
		return cfg, fmt.Errorf("configuration: it has classes without names: %w", weights.ErrCorrupt)
	}
	// What it was trained on says nothing about weights, and may not be here.
	cfg.Backend, cfg.Precision, cfg.Accumulate, cfg.Devices = engine.Auto, run.Float32, 1, 1
	return cfg.Settle()
}

// checkpointOf is a checkpoint that has what the file tells.
func checkpointOf(file weights.File) (*weights.Checkpoint, error) {
	c := &weights.Checkpoint{}
	var err error
	if c.Step, err = strconv.ParseInt(file.Metadata[StepKey], 10, 64); err != nil || c.Step < 0 {
		return nil, fmt.Errorf("step %q is no number of steps", file.Metadata[StepKey])
	}
	c.Preset, c.Architecture = file.Metadata[PresetKey], json.RawMessage(file.Metadata[ArchitectureKey])
	c.Extra = map[string]json.RawMessage{}
	for key, text := range map[string]string{run.ClassesKey: file.Metadata[ClassesKey],
		run.HashKey: file.Metadata[DataKey]} {
		if text != "" {
			c.Extra[key] = json.RawMessage(text)
		}
	}
	for _, t := range file.Tensors {
		if t, err = t.To(dtypes.Float32); err != nil {
			return nil, err
		}
		c.EMA = append(c.EMA, t)
	}
	return c, nil
}
