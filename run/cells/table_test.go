package cells

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestNamesInTexts: the names of the file's columns stay, and others give way.
func TestNamesInTexts(t *testing.T) {
	table := &Table{Rows: []int{1, 2}, Names: []string{"x,y", "z"}, Columns: []Column{
		{Name: "day", Numbers: []float64{1000000, 2.5}}, {Name: "speed", Numbers: []float64{1, math.NaN()}},
		{Name: "label", Texts: []string{"a", `b"`}}},
		Matrices: []Matrix{{Name: "X", Columns: []string{"speed", "cell"}, Values: []float64{1, 2, 3, 1e-7}},
			{Name: "velocity", Prefix: "velocity_", Columns: []string{"speed", "cell"}, Values: []float64{5, 6, 7, 8}}}}
	var got bytes.Buffer
	if err := table.WriteCSV(&got); err != nil {
		t.Fatal(err)
	}
	want := "cell_,day,speed_,label,speed,cell,velocity_speed,velocity_cell\n" +
		"\"x,y\",1000000,1,a,1,2,5,6\nz,2.5,NaN,\"b\"\"\",3,1e-07,7,8\n"
	if got.String() != want {
		t.Errorf("%s, want %s", &got, want)
	}
	var arrays []string
	for _, a := range table.arrays() {
		arrays = append(arrays, a.Name)
	}
	if want := "row names time speed label X columns velocity"; strings.Join(arrays, " ") != want {
		t.Errorf("arrays %q, want %s", arrays, want)
	}
}

// TestCorrelations against scipy.stats 1.15 of the same numbers, of which some are alike.
func TestCorrelations(t *testing.T) {
	a, b := []float64{1.5, 2, 2, -3, 7, 0.25, 2, 9}, []float64{0, 1, 5, 1, 8, 1, 2, 3}
	if got, want := ranks(a), []float64{3, 5, 5, 1, 7, 2, 5, 8}; !slices.Equal(got, want) {
		t.Errorf("ranks %v, want %v", got, want)
	}
	pearson, spearman, err := (&Growth{Rate: a}).Correlations(b)
	if err != nil || math.Abs(pearson-0.593123982535373) > 1e-14 || math.Abs(spearman-0.725) > 1e-14 {
		t.Errorf("%v, %v, %v, want 0.593123982535373 and 0.725", pearson, spearman, err)
	}
	if _, _, err := (&Growth{Rate: a}).Correlations(make([]float64, 8)); err == nil {
		t.Error("a correlation with zeros")
	}
}

// TestEndsByWeight: shares and ends of repeats are means by weight, whatever the scale of the weights and their order.
func TestEndsByWeight(t *testing.T) {
	for _, shift := range []float64{0, 900, -900} {
		e := newEnds(nil, 2)
		e.grows = true
		e.addOne(4, shift+math.Log(1), []float64{1, 0}, []float64{10})
		e.addOne(4, shift+math.Log(3), []float64{0, 1}, []float64{20})
		f := &Fates{Rows: []int{4}, Now: []int{0, 0, 0, 0, 1}, Labels: []string{"a", "b"}}
		f.take(e)
		got := []float64{f.Shares[0], f.Shares[1], f.End[0], f.LogWeights[0] - shift}
		for i, want := range []float64{0.25, 0.75, 17.5, math.Log(2)} {
			if math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("shift %g: %v, want a share of a quarter, an end of 17.5 and a weight of 2", shift, got)
			}
		}
	}
}

// TestSummary: cells of weights 1 and 3 that end elsewhere, and a label that no cell has now.
func TestSummary(t *testing.T) {
	f := &Fates{Labels: []string{"a", "b"}, Now: []int{0, 0}, Shares: []float64{1, 0, 0, 1},
		LogWeights: []float64{math.Log(1), math.Log(3)}}
	shares, count := f.Summary()
	if math.Abs(shares[0]-0.25) > 1e-12 || math.Abs(shares[1]-0.75) > 1e-12 || !math.IsNaN(shares[2]) ||
		count[0] != 2 || count[1] != 0 {
		t.Errorf("%v of %v", shares, count)
	}
}

// TestBand: means, least and greatest of two runs; others are refused.
func TestBand(t *testing.T) {
	one := func(mean ...float64) *Trend {
		m := [][]float64{mean}
		return &Trend{Times: []float64{0, 5}, Columns: []string{"g"}, Mean: m, Low: m, Median: m, High: m, Runs: 1,
			timeName: "day", Mass: []float64{1, mean[1]}}
	}
	band, err := Band([]*Trend{one(1, 4), one(3, 2)})
	if err != nil || !slices.Equal(band.Mean[0], []float64{2, 3}) || !slices.Equal(band.MeanLow[0], []float64{1, 2}) ||
		!slices.Equal(band.MeanHigh[0], []float64{3, 4}) || !slices.Equal(band.Mass, []float64{1, 3}) ||
		band.Runs != 2 {
		t.Errorf("%+v, %v", band, err)
	}
	var text bytes.Buffer
	if err := band.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	want := "day,column,mean,q05,q50,q95,mean_min,mean_max,mass\n0,g,2,2,2,2,1,3,1\n5,g,3,3,3,3,2,4,3\n"
	if text.String() != want {
		t.Errorf("%s, want %s", &text, want)
	}
	other := one(1, 2)
	other.Columns = []string{"h"}
	if _, err := Band([]*Trend{one(1, 2), other}); err == nil {
		t.Error("trends of other columns")
	}
}
