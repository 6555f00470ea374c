package models

import (
	"encoding/json"
	"fmt"
)

// Provenance says where a model comes from, beside what its configuration says: the data set, the seed and the steps.
type Provenance struct {
	Minutes  float64 `json:"minutes,omitempty"`  // of training
	Hardware string  `json:"hardware,omitempty"` // that trained it
	Date     string  `json:"date,omitempty"`     // of the end of training, as 2026-11-30
	Licence  string  `json:"licence,omitempty"`  // of the parameters, by its SPDX identifier
	// Average is the length of the power-function average that the parameters are, 0 for the moving average.
	Average float64 `json:"average,omitempty"`
	FID     *FID    `json:"fid,omitempty"` // nil where it wasn't measured
}

// FID is a Fréchet distance of samples, by the features of a network, as `amgen eval fid` measured it before the
// parameters were rounded.
type FID struct {
	Value     float64 `json:"value"`
	Stderr    float64 `json:"stderr,omitempty"`
	Network   string  `json:"network"`
	Reference string  `json:"reference"`
	Samples   int     `json:"samples"`
	Solver    string  `json:"solver,omitempty"`
	NFE       int     `json:"nfe,omitempty"`
}

// MostMetadata bounds a text in a file's metadata, in bytes. A configuration takes some 4 kB.
const MostMetadata = 64 << 10

// CheckMetadata returns an error for metadata beyond what a model's file has. Names and numbers of examples of classes
// have no such bound, and neither has the record of points.
func CheckMetadata(metadata map[string]string) error {
	for _, key := range []string{ConfigKey, ArchitectureKey, PresetKey, StepKey, CheckpointKey, DataKey,
		ProvenanceKey} {
		if n := len(metadata[key]); n > MostMetadata {
			return fmt.Errorf("metadata %q has %d bytes, beyond the %d that are read", key, n, MostMetadata)
		}
	}
	return nil
}

// provenance reads it from metadata; "" is unknown.
func provenance(text string) (p Provenance, err error) {
	if text == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("provenance: %w", err)
	}
	return p, nil
}
