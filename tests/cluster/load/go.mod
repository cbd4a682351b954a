module watchkeeper.test/cluster/load

go 1.26.0
