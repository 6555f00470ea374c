package run

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/weights"
)

// pointsRecord is what a model of snapshots was trained on: what takes their columns to its coordinates and back, and
// a hash that tells whether the file is still the same. Checkpoints, exports and shards keep it.
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
	r := pointsRecord{Hash: s.Population.Hash(), Time: s.Population.Time, Columns: s.Population.Labels,
		Mean: s.Transform.Mean, Deviation: s.Transform.Deviation,
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

// Record is what takes snapshots to the coordinates that are learned, and a hash of their file, as JSON; nil of other
// data.
func (p *Plan) Record() (json.RawMessage, error) {
	if p.Problem == nil {
		return nil, nil
	}
	return recordOf(p.Problem)
}

// Adopt has snapshots learn and show in the coordinates of a record. A file that has changed since is refused: source
// cells, truth and units would be others than the model's. what names where the record is from.
func (p *Plan) Adopt(record json.RawMessage, what string) error {
	if p.Problem == nil || p.Problem.Snapshots == nil || record == nil {
		return nil
	}
	s := p.Problem.Snapshots
	var r pointsRecord
	err := json.Unmarshal(record, &r)
	if err == nil {
		var transform *science.Transform
		if transform, err = r.transform(); err == nil {
			if now := s.Population.Hash(); r.Hash != now {
				return p.changed(r, now, what)
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
func (p *Plan) changed(r pointsRecord, now, what string) error {
	data := p.Problem.Snapshots.Population
	why := fmt.Sprintf("hash %s there, now %s", short(r.Hash), short(now))
	switch {
	case !slices.Equal(r.Columns, data.Labels):
		why = fmt.Sprintf("columns %s there, now %s", science.Listed(r.Columns), science.Listed(data.Labels))
	case r.Time != data.Time:
		why = fmt.Sprintf("time from %s there, now from %s", science.Listed([]string{r.Time}),
			science.Listed([]string{data.Time}))
	}
	return fmt.Errorf("the data of %s are not those that %s was trained on (%s); bring them back, or train another run",
		p.Config.Dataset, what, why)
}

// short is the start of a hash that tells it from others.
func short(hash string) string { return fmt.Sprintf("%.23s…", hash) }

// match makes the plan that of a checkpoint: its settings are the configuration's, and its data the same. An older
// checkpoint, which keeps less, is used with a line where the data are others.
func (p *Plan) match(c *weights.Checkpoint, out Output) error {
	if p.Problem == nil { // of images the network needs nothing from the data but their classes
		return p.adoptClasses(c, out)
	}
	if record := c.Extra[RecordKey]; record != nil {
		return p.Adopt(record, fmt.Sprintf("the checkpoint of step %d", c.Step))
	}
	was := c.Extra[HashKey]
	if p.Problem.Snapshots == nil || was == nil {
		return nil
	}
	now, err := json.Marshal(pointsHash(p.Problem))
	if err != nil {
		return fmt.Errorf("encode hash: %w", err)
	}
	if !bytes.Equal(was, now) {
		out.logf("amgen: warning: the data of %s are not those that the checkpoint of step %d was trained on (hash "+
			"%s, now %s), and it is too old to keep the units that it learned in: what follows is in those of the "+
			"file as it is now, and may be wrong", p.Config.Dataset, c.Step, short(strings.Trim(string(was), `"`)),
			short(strings.Trim(string(now), `"`)))
	}
	return nil
}

// decisive are the settings that decide what is drawn from a trained network and what that is compared with.
var decisive = append([]string{"preset", "objective", "sigma", "anneal", "cost_p", "growth_cost", "path", "action",
	"leave_out", "classes", "components", "raw_columns", "time_column", "time_order", "columns", "drop", "fit"},
	networkKeys...)

// CheckTrained refuses a configuration that was edited after the checkpoint was trained, where that changes what is
// drawn or said of it. Langevin dynamics may have another sigma.
func (c Config) CheckTrained(checkpoint *weights.Checkpoint) error {
	text := checkpoint.Extra[SettingsKey]
	if text == nil { // older ones have none
		return nil
	}
	var was map[string]string
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("checkpoint %s: %s: %w", checkpoint.Path, SettingsKey, err)
	}
	objective, err := c.objective()
	if err != nil {
		return err
	}
	now := c.Deciding()
	older := Config{Dataset: c.Dataset, Preset: was["preset"]}.Deciding() // checkpoints from before there was a choice
	var lines []string
	for _, key := range decisive {
		kept := strings.ReplaceAll(key, "_", "-")
		before, known := keptText(was, kept)
		if !known && slices.Contains(networkKeys, key) {
			before, known = older[kept], presetKnown(was["preset"])
		}
		if known && before != now[kept] && !(key == "sigma" && objective.Motion().VectorField()) {
			lines = append(lines, fmt.Sprintf("%s was %s and is %s", key, orNothing(before), orNothing(now[kept])))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	file := c.kept.file
	if file == "" {
		file = ConfigName
	}
	return fmt.Errorf("%s was edited after the checkpoint of step %d was trained: %s; set it back, or "+
		"train another run", file, checkpoint.Step, strings.Join(lines, ", "))
}

func orNothing(value string) string {
	if value == "" {
		return "not set"
	}
	return value
}
