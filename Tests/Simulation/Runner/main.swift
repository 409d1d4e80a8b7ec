await SimulationRunner.main()
