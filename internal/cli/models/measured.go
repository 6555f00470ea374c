package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
)

// report is a report of `amgen eval`, and what it tells of samples that aren't those of the run as it is.
type report struct {
	eval.Report
	Samples struct {
		eval.Origin
		Classes  json.RawMessage `json:"classes"`
		Class    json.RawMessage `json:"class"`
		Guidance json.RawMessage `json:"guidance"`
	} `json:"samples"`
}

// mostReport bounds a report, in bytes.
const mostReport = 4 << 20

// measured is the FID of a checkpoint, by the report of the most samples; nil where the run has none of plain samples.
func measured(dir run.Dir, checkpoint string) (best *models.FID, err error) {
	entries, err := os.ReadDir(dir.File(run.EvalName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reports: %w", err)
	}
	for _, entry := range entries { // in the order of names
		var r report
		text, err := replace.ReadRegular(filepath.Join(dir.File(run.EvalName), entry.Name()), mostReport)
		if err != nil || json.Unmarshal(text, &r) != nil {
			continue // no report
		}
		of := r.Samples
		if r.Metric != "fid" || of.Weights != checkpoint || of.Raw || of.Classes != nil || of.Class != nil ||
			of.Guidance != nil || best != nil && best.Samples >= r.Measure.Count {
			continue
		}
		best = &models.FID{Value: r.Value, Network: r.Measure.Network, Reference: r.Measure.Reference,
			Samples: r.Measure.Count, Solver: of.Solver, NFE: of.NFE}
		if r.Stderr != nil {
			best.Stderr = *r.Stderr
		}
	}
	return best, nil
}
