package models

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/version"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// Keys of the metadata of a model's file, next to those that package weights writes.
const (
	ConfigKey       = "config"       // config.toml of the run
	ArchitectureKey = "architecture" // the network as JSON
	PresetKey       = "preset"
	StepKey         = "step"
	VersionKey      = "written_by"
	CheckpointKey   = "checkpoint" // its hash
	ClassesKey      = "classes"    // names and counts, as the checkpoint has them
	DataKey         = "data"       // hash of the data, as the checkpoint has it
	ParametersKey   = "parameters" // Averaged or Raw
	ProvenanceKey   = "provenance" // Provenance as JSON
)

// What [ParametersKey] says.
const (
	Averaged = "averaged"
	Raw      = "raw"
)

// File is the file of a pretrained network, in a type of numbers: dtypes.Float32, dtypes.BFloat16 or dtypes.Float16.
// kind is [Averaged] or [Raw]. A number beyond the type's largest is an error.
func File(p run.Pretrained, kind string, dtype dtypes.DType) (weights.File, error) {
	c := p.Checkpoint
	text, err := p.Config.TOML()
	if err != nil {
		return weights.File{}, err
	}
	file := weights.File{Metadata: map[string]string{
		ConfigKey: string(text), ArchitectureKey: string(c.Architecture), PresetKey: c.Preset,
		StepKey:    strconv.FormatInt(c.Step, 10),
		VersionKey: version.Amgen(), CheckpointKey: c.Hash, ParametersKey: kind,
	}}
	for i, part := range cut(c.Extra[run.RecordKey]) {
		file.Metadata[pointsPart(i)] = part
	}
	for key, text := range map[string]json.RawMessage{ClassesKey: c.Extra[run.ClassesKey],
		DataKey: c.Extra[run.HashKey]} {
		if text != nil {
			file.Metadata[key] = string(text)
		}
	}
	for _, t := range c.EMA {
		was, err := t.Broken()
		if err != nil {
			return weights.File{}, err
		}
		if t, err = t.To(dtype); err != nil {
			return weights.File{}, err
		}
		if now, err := t.Broken(); err != nil || now > was {
			return weights.File{}, fmt.Errorf("models: tensor %s has %d numbers beyond the largest of its type (%v); "+
				"write it in float32", t, now-was, err)
		}
		file.Tensors = append(file.Tensors, t)
	}
	return file, nil
}

// Pack is the file of a model that ships with amgen: the averages in float16, and where they come from.
func Pack(p run.Pretrained, from Provenance) (weights.File, error) {
	p.Config = p.Config.WithNetwork()
	file, err := File(p, Averaged, dtypes.Float16)
	if err != nil {
		return file, err
	}
	text, err := json.Marshal(from)
	if err != nil {
		return file, fmt.Errorf("encode provenance: %w", err)
	}
	file.Metadata[ProvenanceKey] = string(text)
	return file, CheckMetadata(file.Metadata)
}

// Metadata holds the record of points in parts: a text of it is bounded where it is read.
const mostPart = 1 << 19

func pointsPart(i int) string { return fmt.Sprintf("points_%d", i) }

func cut(record []byte) (parts []string) {
	for len(record) > 0 {
		n := min(mostPart, len(record))
		parts, record = append(parts, string(record[:n])), record[n:]
	}
	return parts
}

// mostRecord bounds a record that is read, in bytes.
const mostRecord = 64 << 20

// PointsRecord is the record of points in the metadata of a file, what [run.RecordKey] has in a checkpoint; nil for
// none.
func PointsRecord(metadata map[string]string) (record json.RawMessage) {
	for i := 0; metadata[pointsPart(i)] != "" && len(record) < mostRecord; i++ {
		record = append(record, metadata[pointsPart(i)]...)
	}
	return record
}
