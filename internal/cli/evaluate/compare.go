package evaluate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

func newCompare(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare A.json B.json",
		Short: "Compare two reports of the same metric",
		Long: "Print the values of two reports and their difference, with its standard error if both have one; of " +
			"two reports of points, those of each time. " +
			"Reports that weren't measured alike are refused with a list of what differs: metric, network and its " +
			"weights, preprocessing, reference, classes asked for, numbers of samples. Guidance that differs is shown.",
		Example: "  amgen eval compare runs/a/eval/fid-….json runs/b/eval/fid-….json",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return compareReports(args[0], args[1], asJSON, std) },
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

// comparison is what `amgen eval compare` finds: the values, or the distances at each time of points.
type comparison struct {
	Metric     string           `json:"metric"`
	Value      float64          `json:"value"` // B − A
	Stderr     *float64         `json:"stderr,omitempty"`
	ValueName  string           `json:"value_name"`
	A          eval.Estimate    `json:"a"`
	B          eval.Estimate    `json:"b"`
	Marginals  []pairOfMarginal `json:"marginals,omitempty"`
	Measure    eval.Measure     `json:"measure"`
	SamplesOfA eval.Origin      `json:"samples_a"`
	SamplesOfB eval.Origin      `json:"samples_b"`
}

// pairOfMarginal is one time of two reports of points.
type pairOfMarginal struct {
	Name string    `json:"name"`
	From float64   `json:"from"`
	A    Distances `json:"a"`
	B    Distances `json:"b"`
}

func compareReports(a, b string, asJSON bool, std term.Streams) error {
	x, err := readReport(a)
	if err != nil {
		return err
	}
	y, err := readReport(b)
	if err != nil {
		return err
	}
	c, err := eval.Compare(x.Report, y.Report)
	text := c.String()
	if err == nil && x.Metric == pointsMetric {
		text, err = comparePoints(x.Marginals, y.Marginals)
	}
	if unlike := (*eval.UnlikeError)(nil); errors.As(err, &unlike) {
		return fmt.Errorf("%s and %s were not measured alike: %s; measure one of them again", a, b,
			strings.Join(unlike.Differences, ", "))
	} else if err != nil {
		return err
	}
	if asJSON {
		return term.PrintObject(std.Out, "eval compare", comparisonOf(x, y, c))
	}
	return term.PrintLine(std.Out, fmt.Sprintf("%s\n  A: %s\n  B: %s", text, x.named(y), y.named(x)))
}

// comparisonOf is what two reports that were measured alike compare as.
func comparisonOf(x, y anyReport, c eval.Comparison) comparison {
	out := comparison{Metric: x.Metric, Value: c.Difference.Value, Stderr: c.Difference.StdErr, ValueName: "b_minus_a",
		A: c.A, B: c.B, Measure: x.Measure, SamplesOfA: x.Samples, SamplesOfB: y.Samples}
	for i, m := range x.Marginals {
		out.Marginals = append(out.Marginals, pairOfMarginal{m.Name, m.From, m.Distances, y.Marginals[i].Distances})
	}
	return out
}

// named is what a report is of, with its guidance if that of the other report differs.
func (r anyReport) named(other anyReport) string {
	name := cmp.Or(r.Samples.Source, r.Run)
	if mine, others := r.guided().Text(), other.guided().Text(); mine != others {
		return name + ", " + mine
	}
	return name
}

// guided is the guidance of samples or of likelihoods.
func (r anyReport) guided() eval.Guided {
	if r.Guidance != 0 {
		return r.Guided
	}
	return r.Samples.Guided
}

// anyReport has the fields that the reports of all metrics share.
type anyReport struct {
	eval.Report
	Run         string           `json:"run"` // of bpd and points by earlier versions of amgen
	Marginals   []MarginalReport `json:"marginals"`
	eval.Guided                  // likewise
}

func readReport(path string) (anyReport, error) {
	text, err := readSmall(path)
	if err != nil {
		return anyReport{}, flags.Usagef("read report: %v", err)
	}
	var r anyReport
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s is no report of amgen eval: %w", path, err)
	}
	if r.Metric == "" || r.Measure.Metric == "" {
		return r, fmt.Errorf("%s has no measure to compare by; give what this amgen's `amgen eval METRIC --json` "+
			"prints or wrote into a run", path)
	}
	return r, nil
}
