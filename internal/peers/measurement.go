package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/jsonlines"
)

// measurement is what a program reported of one turn: times in milliseconds, memory in MB.
type measurement struct {
	Program   string  `json:"program"`
	Command   string  `json:"command,omitempty"` // of amgen
	Preset    string  `json:"preset,omitempty"`
	Estimator string  `json:"estimator,omitempty"`
	Params    int     `json:"params,omitempty"`
	Batch     int     `json:"batch,omitempty"`
	Step      float64 `json:"step_ms,omitempty"`
	Velocity  float64 `json:"velocity_ms,omitempty"`
	PeakRSS   float64 `json:"peak_rss_mb,omitempty"`
	GFLOPS    float64 `json:"gflops,omitempty"`

	Product *productShape `json:"product,omitempty"` // of a matrix product, which GFLOPS is then the rate of
}

// productShape is op(A) [m, k] times op(B) [k, n], so many of them.
type productShape struct {
	Preset string `json:"preset,omitempty"` // that issues it
	M      int    `json:"m"`
	K      int    `json:"k"`
	N      int    `json:"n"`
	TransA bool   `json:"trans_a"`
	TransB bool   `json:"trans_b"`
	Batch  int    `json:"batch"`
}

func (m measurement) String() string {
	return fmt.Sprintf("%s %s %s batch %d: step %.4g ms, velocity %.4g ms, %.0f MB", m.Program, m.Preset, m.Estimator,
		m.Batch, m.Step, m.Velocity, m.PeakRSS)
}

// parseBench reads the JSON of `amgen bench train` and `amgen bench sample`.
func parseBench(output []byte) (measurement, error) {
	var m measurement
	if err := json.Unmarshal(bytes.TrimSpace(output), &m); err != nil {
		return m, fmt.Errorf("amgen bench printed %.80q: %w", output, err)
	}
	return m, m.check()
}

// parseLine reads the last line of a reference program: "torch tiny boundary params=275889 batch=32 step_ms=… …", or
// with [velocityOnly] in the place of the estimator and no step.
func parseLine(output []byte) (measurement, error) {
	var m measurement
	fields := strings.Fields(lastLine(string(output)))
	if len(fields) < 3 {
		return m, fmt.Errorf("a reference script printed %.80q, want NAME PRESET ESTIMATOR KEY=VALUE…", output)
	}
	m.Preset, m.Estimator = fields[1], fields[2]
	for _, f := range fields[3:] {
		key, value, _ := strings.Cut(f, "=")
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return m, fmt.Errorf("a reference script printed %q, want KEY=NUMBER", f)
		}
		switch key {
		case "params":
			m.Params = int(x)
		case "batch":
			m.Batch = int(x)
		case "step_ms":
			m.Step = x
		case "velocity_ms":
			m.Velocity = x
		case "peak_rss_mb":
			m.PeakRSS = x
		}
	}
	return m, m.check()
}

func (m measurement) check() error {
	stepped := m.Step > 0 || m.Step == 0 && (m.Estimator == velocityOnly || m.Command == "bench sample")
	if m.Preset == "" || m.Estimator == "" || !stepped || !(m.Velocity > 0) || m.Params == 0 || m.Batch == 0 {
		return fmt.Errorf("a program reported %+v, want a preset, an estimator, and positive times and sizes", m)
	}
	return nil
}

// parseProducts reads a line of JSON a product, as amgen bench gemm and sgemm.c print.
func parseProducts(program string, output []byte) ([]measurement, error) {
	var all []measurement
	for line := range bytes.Lines(output) {
		var rate struct {
			productShape
			GFLOPS float64 `json:"gflops"`
		}
		if err := json.Unmarshal(line, &rate); err != nil {
			return nil, fmt.Errorf("%s printed %.80q: %w", program, line, err)
		}
		if rate.M < 1 || rate.K < 1 || rate.N < 1 || rate.Batch < 1 || !(rate.GFLOPS > 0) {
			return nil, fmt.Errorf("%s printed %.80q, want m, k, n, batch and gflops above 0", program, line)
		}
		all = append(all, measurement{Program: program, Product: &rate.productShape, GFLOPS: rate.GFLOPS})
	}
	return all, nil
}

// record is every measurement, kept in a file if it has one.
type record struct {
	path string
	all  []measurement
}

// openRecord reads the measurements of a file that may not be there yet.
func openRecord(path string) (*record, error) {
	all, err := jsonlines.Read[measurement](path)
	return &record{path, all}, err
}

func (r *record) add(m measurement) error {
	r.all = append(r.all, m)
	return jsonlines.Append(r.path, m)
}
