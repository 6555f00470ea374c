package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/weights"
)

// pointsRecord is what a model of snapshots was trained on: what takes their columns to its coordinates and back, and a hash that
// tells whether the file is still the same. Checkpoints, exports and shards keep it.
type pointsRecord struct {
	Hash      string    `json:"hash"` // science.Population.Hash
	Time      string    `json:"time_column"`
	Columns   []string  `json:"columns"` // what they are chosen by
	Mean      []float64 `json:"mean"`
	Deviation []float64 `json:"deviation"`
	Axes      []byte    `json:"axes,omitempty"` // float64, little-endian, row by row; none without principal components
	Scale     float64   `json:"scale"`
	Explained float64   `json:"explained"`
}

// recordOf is the record of snapshots, null of other points.
func recordOf(p *science.Problem) (json.RawMessage, error) {
	if p.Snapshots == nil {
		return nil, nil
	}
	s := p.Snapshots
	r := pointsRecord{Hash: s.Population.Hash(), Time: s.Population.Time, Columns: s.Population.Labels, Mean: s.Transform.Mean, Deviation: s.Transform.Deviation,
		Scale: s.Transform.Scale, Explained: s.Transform.Explained}
	if s.Transform.Axes != nil {
		for _, v := range s.Transform.Axes.RawMatrix().Data {
			r.Axes = binary.LittleEndian.AppendUint64(r.Axes, math.Float64bits(v))
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode transform: %w", err)
	}
	return text, nil
}

// transform is the record's, of a file that may hold anything.
func (r pointsRecord) transform() (*science.Transform, error) {
	t := &science.Transform{Mean: r.Mean, Deviation: r.Deviation, Scale: r.Scale, Explained: r.Explained}
	if n := len(r.Axes) / 8; n > 0 {
		if len(r.Mean) == 0 || len(r.Axes)%8 != 0 || n%len(r.Mean) != 0 {
			return nil, fmt.Errorf("axes of %d bytes for %d columns", len(r.Axes), len(r.Mean))
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(r.Axes[8*i:]))
		}
		t.Axes = mat.NewDense(len(r.Mean), n/len(r.Mean), values)
	}
	return t, t.Check()
}

// adopt has snapshots learn and show in the coordinates of a record. A file that has changed since is refused: source cells, truth
// and units would be others than the model's. what names where the record is from.
func (t pointTask) adopt(record json.RawMessage, what string) error {
	s := t.problem.Snapshots
	if s == nil || record == nil {
		return nil
	}
	var r pointsRecord
	err := json.Unmarshal(record, &r)
	if err == nil {
		var transform *science.Transform
		if transform, err = r.transform(); err == nil {
			if now := s.Population.Hash(); r.Hash != now {
				return t.changed(r, now, what)
			}
			err = s.Adopt(transform)
		}
	}
	if err != nil {
		return fmt.Errorf("transform of the points in %s: %w; it is damaged", what, err)
	}
	return nil
}

// changed is the error for a file that isn't the one that was trained on.
func (t pointTask) changed(r pointsRecord, now, what string) error {
	p := t.problem.Snapshots.Population
	why := fmt.Sprintf("hash %s there, now %s", short(r.Hash), short(now))
	switch {
	case !slices.Equal(r.Columns, p.Labels):
		why = fmt.Sprintf("columns %s there, now %s", science.Listed(r.Columns), science.Listed(p.Labels))
	case r.Time != p.Time:
		why = fmt.Sprintf("time from %s there, now from %s", science.Listed([]string{r.Time}), science.Listed([]string{p.Time}))
	}
	return fmt.Errorf("the data of %s are not those that %s was trained on (%s); bring them back, or train another run", t.cfg.Dataset, what, why)
}

// short is the start of a hash that tells it from others.
func short(hash string) string { return fmt.Sprintf("%.23s…", hash) }

// match makes the task that of a checkpoint: its settings are the configuration's, and its data the same. An older checkpoint, which
// keeps less, is used with a line where the data are others.
func (t pointTask) match(c *weights.Checkpoint, std streams) error {
	if record := c.Extra[pointsKey]; record != nil {
		return t.adopt(record, fmt.Sprintf("the checkpoint of step %d", c.Step))
	}
	was := c.Extra[dataHash]
	if t.problem.Snapshots == nil || was == nil {
		return nil
	}
	now, err := json.Marshal(pointsHash(t.problem))
	if err != nil {
		return fmt.Errorf("encode hash: %w", err)
	}
	if !bytes.Equal(was, now) {
		fmt.Fprintf(std.err, "amgen: warning: the data of %s are not those that the checkpoint of step %d was trained on (hash %s, now %s), and it is too old to "+
			"keep the units that it learned in: what follows is in those of the file as it is now, and may be wrong\n", t.cfg.Dataset, c.Step,
			short(strings.Trim(string(was), `"`)), short(strings.Trim(string(now), `"`)))
	}
	return nil
}

// decisive are the settings that decide what is drawn from a trained network and what that is compared with.
var decisive = []string{"preset", "objective", "sigma", "anneal", "cost-p", "path", "action", "leave-out", "components", "raw-columns", "time-column", "columns", "drop"}

// checkShown refuses a configuration that was edited after the checkpoint was trained, where that changes what is drawn or said of it.
// Langevin dynamics may have another sigma.
func checkShown(c *weights.Checkpoint, cfg Config) error {
	text := c.Extra[settingsKey]
	if text == nil { // older ones have none
		return nil
	}
	var was map[string]string
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("checkpoint %s: %s: %w", c.Path, settingsKey, err)
	}
	objective, _, _, err := cfg.flow()
	if err != nil {
		return err
	}
	now := cfg.settings()
	var lines []string
	for _, flag := range decisive {
		if before, known := was[flag]; known && before != now[flag] && !(flag == "sigma" && objective.Motion().VectorField()) {
			lines = append(lines, fmt.Sprintf("%s was %s and is %s", strings.ReplaceAll(flag, "-", "_"), orNothing(before), orNothing(now[flag])))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	file := cfg.kept.file
	if file == "" {
		file = configName
	}
	return fmt.Errorf("%s was edited after the checkpoint of step %d was trained: %s; set it back, or train another run", file, c.Step, strings.Join(lines, ", "))
}

func orNothing(value string) string {
	if value == "" {
		return "not set"
	}
	return value
}

// pointsName is the file of a record beside the samples of shards.
const pointsName = "points.json"

// mostRecord bounds a record that is read, in bytes.
const mostRecord = 64 << 20

// keepRecord writes the record of snapshots beside the samples of shards.
func (t pointTask) keepRecord(dir string) error {
	record, err := recordOf(t.problem)
	if err != nil || record == nil {
		return err
	}
	return replaceText(filepath.Join(dir, pointsName), append(record, '\n'))
}

// matchShards is match for the samples of shards; those of an earlier amgen have no record.
func (t pointTask) matchShards(dirs []string) error {
	for _, dir := range dirs {
		file := filepath.Join(dir, pointsName)
		info, err := os.Stat(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil && (!info.Mode().IsRegular() || info.Size() > mostRecord) {
			err = fmt.Errorf("%s is no file of at most %d bytes", file, mostRecord)
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(file)
		}
		if err == nil {
			err = t.adopt(text, file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
