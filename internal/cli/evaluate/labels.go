package evaluate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
)

// wantLabels says which samples tell their classes.
const wantLabels = "give a .npz with an array labels, a folder with a folder to each class, or a data set as mnist:test"

// checkLabelled refuses a run whose samples have no classes, or mix them, for a metric that needs them.
func checkLabelled(trained *run.Trained, m eval.Metric) error {
	switch plan := trained.Plan; {
	case !m.Labelled:
	case plan.Classes == nil:
		return flags.Usagef("%s compares samples with the classes asked for, and %s learned none; train one with "+
			"--classes", m.Name, trained.Name())
	case plan.Model.Objective.Motion().Growth:
		return flags.Usagef("%s takes all samples for equal, and those of %s have weights, as it was trained by %s; "+
			"train by am or eam", m.Name, trained.Name(), plan.Config.Objective)
	}
	return nil
}

// partNote says that some of a run's classes alone were drawn, "" where all were.
func partNote(asked []int32, learned *run.Classes) string {
	if asked == nil || slices.Min(asked) < 0 {
		return ""
	}
	for k := range learned.Len() {
		if !slices.Contains(asked, int32(k)) {
			return fmt.Sprintf("only class %s was asked for; the distance is that from all of the reference",
				flags.ClassList(learned.Names, asked))
		}
	}
	return ""
}

// numberLabels gives the classes of samples, which are named as in a data set or by folders, the numbers that the
// classifier has for them. from is what the samples were named by, or the data set of the run that drew them.
func (e evaluation) numberLabels(ctx context.Context, s *eval.Set, from string) error {
	if !e.metric.Labelled || s.Labels == nil {
		return nil
	}
	dataset := features.Classifies(e.features)
	if dataset == "" {
		return flags.Usagef("%s needs a classifier of the images' classes, and %s isn't one for %s; there are %s, "+
			"which --features takes", e.metric.Name, e.features, from, strings.Join(classifiers(), " and "))
	}
	if s.Classes == nil { // numbers in a file
		return nil
	}
	names, err := imaging.ClassNames(ctx, dataset)
	if err != nil {
		return err
	}
	set, _ := imaging.CutSplit(from)
	registered := imaging.Known(set) == nil
	numbers := make([]int32, len(s.Labels))
	for i, label := range s.Labels {
		if label < 0 {
			numbers[i] = label
			continue
		}
		k := classNumber(names, s.Classes[label], !registered)
		if k < 0 {
			return flags.Usagef("%s: the class %.40q of %s is none of %s, whose classes are %s", e.metric.Name,
				s.Classes[label], from, e.features, flags.KnownClasses(names))
		}
		numbers[i] = int32(k)
	}
	s.Labels, s.Classes = numbers, names
	return nil
}

// classNumber finds a class by its name or, of a folder, also by its number; −1 for none.
func classNumber(names []string, word string, folder bool) int {
	if k := slices.Index(names, word); k >= 0 {
		return k
	}
	if k, err := strconv.Atoi(word); err == nil && folder && strconv.Itoa(k) == word && k >= 0 && k < len(names) {
		return k
	}
	return -1
}

// classifiers lists the features whose networks tell the classes of a data set apart.
func classifiers() []string {
	return slices.DeleteFunc(features.Names(), func(name string) bool { return features.Classifies(name) == "" })
}

// labelList is written as one text, a number a label.
type labelList []int32

// MarshalText implements [encoding.TextMarshaler].
func (l labelList) MarshalText() ([]byte, error) {
	var text []byte
	for i, label := range l {
		if i > 0 {
			text = append(text, ' ')
		}
		text = strconv.AppendInt(text, int64(label), 10)
	}
	return text, nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *labelList) UnmarshalText(text []byte) error {
	*l = nil
	for word := range strings.FieldsSeq(string(text)) {
		label, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return fmt.Errorf("label %.40q, which is no number", word)
		}
		*l = append(*l, int32(label))
	}
	return nil
}
