package evaluate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/version"
	"github.com/amgen/amgen/run"
)

// recordEval writes the report of a metric below the run's directory, and prints it, even if the file can't be written:
// as one JSON object if asked to, else as a line. The file's name is the given one with a hash of the settings. No
// report with another result is replaced.
func recordEval(dir run.Dir, metric, name string, report any, line string, asJSON bool, std term.Streams) error {
	text, err := term.Object(commandOf(metric), report)
	if err != nil {
		return err
	}
	path, notKept := keepReport(dir, name, text)
	if notKept == nil {
		fmt.Fprintf(std.Err, "eval: the report is in %s\n", path)
	}
	if asJSON {
		err = term.PrintJSON(std.Out, text)
	} else {
		err = term.PrintLine(std.Out, line)
	}
	if err != nil {
		return err
	}
	return notKept
}

// keepReport writes the file of a report.
func keepReport(of run.Dir, name string, text []byte) (path string, err error) {
	dir := of.File(run.EvalName)
	if err := replace.Folder(dir); err != nil {
		return "", fmt.Errorf("the report isn't kept: %w", err)
	}
	if path, err = freeName(dir, name+"-"+settingsHash(text), text); err != nil {
		return "", fmt.Errorf("the report isn't kept: %w", err)
	}
	return path, replace.Text(path, append(text, '\n'))
}

// commandOf is the command whose result the report of a metric is.
func commandOf(metric string) string { return "eval " + metric }

// found are the fields of a report that are results, not settings, or follow from the metric.
var found = []string{"command", "value", "value_name", "stderr", "stderr_passes", "parts", "warnings", "seconds", "nfe",
	"marginals"}

// settingsHash distinguishes reports with different settings or versions of amgen.
func settingsHash(report []byte) string {
	settings := withoutFields(report, found)
	settings["version"] = version.Amgen()
	text, err := json.Marshal(settings) // its keys are sorted
	if err != nil {
		panic(err) // it was JSON before
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}

// withoutFields are a report's fields without some, at its top and in samples.
func withoutFields(report []byte, names []string) map[string]any {
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(report))
	d.UseNumber() // 64-bit seeds don't fit a float64
	if d.Decode(&fields) != nil || fields == nil {
		return map[string]any{}
	}
	samples, _ := fields["samples"].(map[string]any)
	for _, name := range names {
		delete(fields, name)
		delete(samples, name)
	}
	return fields
}

// freeName is the path for a report: that of an equal one, or a new one.
func freeName(dir, name string, text []byte) (string, error) {
	const most = 10_000
	for i := range most {
		path := filepath.Join(dir, name+".json")
		if i > 0 {
			path = filepath.Join(dir, fmt.Sprintf("%s-%d.json", name, i+1))
		}
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", fmt.Errorf("%w; check the rights there", err)
		}
		if !info.Mode().IsRegular() {
			return "", fmt.Errorf("%s is %s in the place of a report; move it away", path, replace.Kind(info.Mode()))
		}
		old, err := readSmall(path)
		if err == nil && equalButSeconds(old, text) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s has %d reports named %s; move some away", dir, most, name)
}

func equalButSeconds(a, b []byte) bool {
	x, errX := json.Marshal(withoutFields(a, []string{"seconds"}))
	y, errY := json.Marshal(withoutFields(b, []string{"seconds"}))
	return errX == nil && errY == nil && bytes.Equal(x, y) && len(x) > len("{}")
}

// mostText bounds a report or a request, in bytes.
const mostText = 4 << 20

// readSmall reads a text that amgen wrote. It opens no FIFO, device or huge file.
func readSmall(path string) ([]byte, error) { return replace.ReadRegular(path, mostText) }

// reportName begins the name of a report's file: metric, features, preprocessing, reference and step.
func reportName(r eval.Report) string {
	parts := []string{r.Metric, r.Measure.Network, r.Measure.Mode}
	if r.Measure.Reference != "" {
		parts = append(parts, strings.ReplaceAll(filepath.Base(r.Measure.Reference), ":", "-"))
	}
	text := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "-")
	text = strings.Trim(unsafeInName.ReplaceAllString(text, "-"), "-")
	const most = 100
	return fmt.Sprintf("%s-step-%06d", text[:min(most, len(text))], r.Samples.Step)
}

var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9._]+`)

// reportFile matches the names of reports: with a hash, and without as earlier versions of amgen wrote them.
var reportFile = regexp.MustCompile(`^([a-z0-9]+)(-[A-Za-z0-9._-]+)?-step-\d{6,}(-[0-9a-f]{8}(-\d+)?)?\.json$`)

// IsReport tells whether a file, of a run's folder of reports, is one that `amgen eval` wrote: by its name and by its
// content.
func IsReport(path string) bool {
	name := reportFile.FindStringSubmatch(filepath.Base(path))
	if info, err := os.Lstat(path); name == nil || err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := readSmall(path)
	if err != nil {
		return false
	}
	var r struct {
		Metric  string   `json:"metric"`
		Seconds *float64 `json:"seconds"`
		// Run and Step are at the top of reports of bpd and points by earlier versions of amgen.
		Measure   *eval.Measure `json:"measure"`
		Samples   *eval.Origin  `json:"samples"`
		Marginals []any         `json:"marginals"`
		Run       string        `json:"run"`
		Step      *int64        `json:"step"`
	}
	if json.Unmarshal(text, &r) != nil || r.Metric != name[1] || r.Seconds == nil {
		return false
	}
	ofRun := r.Run != "" && r.Step != nil || r.Samples != nil && r.Samples.Run != ""
	switch r.Metric {
	case "points":
		return ofRun && r.Marginals != nil
	case "bpd":
		return ofRun // those of the first amgen had no measure
	}
	_, err = eval.MetricByName(r.Metric)
	return err == nil && r.Measure != nil && r.Samples != nil && r.Measure.Metric == r.Metric
}
