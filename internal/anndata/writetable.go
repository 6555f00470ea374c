package anndata

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/hdf5"
)

// table is a data frame.
func table(index []string, fields []Field) (*hdf5.Node, error) {
	const indexName = "_index"
	t := encoded(&hdf5.Node{}, "dataframe", "0.2.0")
	order := make([]string, len(fields))
	t.Add(indexName, array(hdf5.Texts([]int{len(index)}, index), "string-array"))
	for k, f := range fields {
		order[k] = f.Name
		n, rows, err := value(f.Values)
		switch {
		case err == nil && rows != len(index):
			err = fmt.Errorf("%d values for %d rows", rows, len(index))
		case err == nil && f.Name == indexName:
			err = errors.New("the name of the index; give another")
		case err == nil:
			err = place(t, f.Name, n)
		}
		if err != nil {
			return nil, fmt.Errorf("column %.80q: %w", f.Name, err)
		}
	}
	t.Attributes = append(t.Attributes, hdf5.Attribute{Name: "_index", Data: hdf5.OneText(indexName)},
		hdf5.Attribute{Name: "column-order", Data: hdf5.Texts([]int{len(order)}, order)})
	return t, nil
}

// place puts a column into a table. One whose name has slashes lies in groups, as anndata writes it.
func place(t *hdf5.Node, name string, column *hdf5.Node) error {
	for {
		group, rest, inside := strings.Cut(name, "/")
		if !inside {
			t.Add(name, column)
			return nil
		}
		at := slices.IndexFunc(t.Members, func(m hdf5.Member) bool { return m.Name == group })
		switch {
		case at < 0:
			t = t.Add(group, &hdf5.Node{})
		case t.Members[at].Node.Data != nil || t.Members[at].Node.Attributes != nil:
			return fmt.Errorf("there is a column %.80q, too; give it another name", group)
		default:
			t = t.Members[at].Node
		}
		name = rest
	}
}

// value is a list, or a value by itself, with its length, −1 of the latter.
func value(values any) (n *hdf5.Node, rows int, err error) {
	numeric := func(d hdf5.Data) *hdf5.Node { return array(d, "numeric-scalar") }
	switch v := values.(type) {
	case string:
		return array(hdf5.OneText(v), "string"), -1, nil
	case float64:
		return numeric(hdf5.Numbers(nil, []float64{v})), -1, nil
	case int64:
		return numeric(hdf5.Numbers(nil, []int64{v})), -1, nil
	case bool:
		return numeric(hdf5.Bools(nil, []bool{v})), -1, nil
	case []float64:
		return array(hdf5.Numbers([]int{len(v)}, v), "array"), len(v), nil
	case []float32:
		return array(hdf5.Numbers([]int{len(v)}, v), "array"), len(v), nil
	case []int64:
		return array(hdf5.Numbers([]int{len(v)}, v), "array"), len(v), nil
	case []bool:
		return array(hdf5.Bools([]int{len(v)}, v), "array"), len(v), nil
	case []string:
		return array(hdf5.Texts([]int{len(v)}, v), "string-array"), len(v), nil
	case Categories:
		n, err := v.node()
		return n, len(v.Codes), err
	}
	return nil, 0, fmt.Errorf("values of %T, which aren't written", values)
}

// node is the group of categories and codes.
func (c Categories) node() (*hdf5.Node, error) {
	for _, code := range c.Codes {
		if code < -1 || code >= len(c.Names) {
			return nil, fmt.Errorf("category %d of %d", code, len(c.Names))
		}
	}
	n := encoded(&hdf5.Node{}, "categorical", "0.2.0")
	n.Attributes = append(n.Attributes, hdf5.Attribute{Name: "ordered", Data: hdf5.Bools(nil, []bool{c.Ordered})})
	var codes hdf5.Data
	switch most := len(c.Names); { // as pandas chooses
	case most <= 1<<7-1:
		codes = codesOf[int8](c.Codes)
	case most <= 1<<15-1:
		codes = codesOf[int16](c.Codes)
	default:
		codes = codesOf[int32](c.Codes)
	}
	n.Add("categories", array(hdf5.Texts([]int{len(c.Names)}, c.Names), "string-array"))
	n.Add("codes", array(codes, "array"))
	return n, nil
}

func codesOf[T int8 | int16 | int32](codes []int) hdf5.Data {
	list := make([]T, len(codes))
	for i, code := range codes {
		list[i] = T(code)
	}
	return hdf5.Numbers([]int{len(list)}, list)
}
